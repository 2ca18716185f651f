using PretrainCluster.Training.Tests.Exchange;

namespace PretrainCluster.Training.Tests;

/// <summary>The test assembly, started as a process, is a member of an exchange: some faults happen to processes only.</summary>
static class Program
{
    static void Main() => MemberProcess.Serve(Console.In, Console.Out);
}
