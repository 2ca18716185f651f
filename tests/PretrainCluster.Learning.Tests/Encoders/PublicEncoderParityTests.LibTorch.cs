namespace PretrainCluster.Learning.Tests.Encoders;

public sealed partial class PublicEncoderParityTests
{
    static readonly bool[] s_inDouble = [true, false];
}
