using PretrainCluster.Faults.Simulation;

namespace PretrainCluster.Core.Tests.Coordination.Simulation;

public sealed class SimulatorTests
{
    static SimulationOptions Short(ulong seed) => new()
    {
        Workers = 120,
        Runs = 24,
        Hours = 3,
        Seed = seed,
        WorkerLife = 3,
        Stalls = 12,
        CoordinatorDeaths = 5,
        NodeLosses = 4,
        Stragglers = 6,
        UserActions = 20,
        GlobalCheckEvery = 500,
        PlantFrom = 1_000,
    };

    public static TheoryData<PlantedBug> Bugs => [.. Enum.GetValues<PlantedBug>().Where(bug => bug != PlantedBug.None)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_HoursFullOfFaults_BreaksNoInvariant(ulong seed)
    {
        var report = new Simulator(Short(seed)).Run();

        Assert.Null(report.Violation?.Message);
        Assert.True(report.GlobalChecks > 20);
        Assert.Contains("worker killed", report.FaultsByKind.Keys);
        Assert.Contains("training thread stalls", report.FaultsByKind.Keys);
        Assert.Contains("finished", report.RunsByEnd.Keys);
    }

    [Theory, MemberData(nameof(Bugs))]
    public void Run_PlantedBug_IsFoundAndItsSeedLeadsToItAgain(PlantedBug bug)
    {
        var first = new Simulator(Short(1) with { Plant = bug }).Run();
        var again = new Simulator(Short(1) with { Plant = bug }).Run();

        Assert.NotNull(first.Violation);
        Assert.Equal((first.Violation.Event, first.Violation.At, first.Violation.Message), (again.Violation?.Event, again.Violation?.At, again.Violation?.Message));
    }

    [Fact]
    public void Run_OtherSeed_SimulatesSomethingElse() =>
        Assert.NotEqual(new Simulator(Short(1)).Run().Events, new Simulator(Short(2)).Run().Events);
}
