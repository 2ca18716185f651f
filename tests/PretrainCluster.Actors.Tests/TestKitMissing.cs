namespace PretrainCluster.Actors.Tests;

/// <summary>Stands for the tests that are left out where Akka.TestKit is not there, so that they are counted.</summary>
public sealed class TestKitMissing
{
    const string Reason = "the package Akka.TestKit.Xunit2 could not be restored";

    [Fact(Skip = Reason)]
    public void CoordinatorActorTests()
    {
    }

    [Fact(Skip = Reason)]
    public void AgentActorTests()
    {
    }
}
