namespace PretrainCluster.Learning.Tests.Objectives;

public sealed partial class StarsParityTests
{
    static readonly bool[] s_inDouble = [true, false];
}
