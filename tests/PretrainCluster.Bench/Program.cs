using System.CommandLine;
using PretrainCluster.Bench;
using PretrainCluster.Bench.Gangs;
using PretrainCluster.Cli.CommandLine;

using var interruption = new Interruption(Console.Error);
var root = new RootCommand("Measurements. A figure in docs/ comes from one of these, and says which.")
{
    GemmBench.Command(),
    AttentionBench.Command(),
    StepBench.Command(),
    LoaderBench.Command(),
    RecoveryBench.Command(),
    ScalingBench.Command(),
    RecipesBench.Command(),
    GpuBench.Command(),
    SnapshotBench.Command(),
    AllReduceBench.Command(),
    AllReduceMember.Command(),
};
return await Entry.Run(root, args, Console.Out, Console.Error, interruption.Token);
