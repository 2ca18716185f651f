namespace PretrainCluster.Learning.Tests.Fixtures;

static partial class Precisions
{
    // TorchSharp 0.99.6 puts other parameters in a module's place where its type changes; who holds the old ones keeps them.
    static readonly bool[] s_all = [false];
}
