namespace PretrainCluster.Learning.Tests.Fixtures;

static partial class Precisions
{
    static readonly bool[] s_all = [true, false];
}
