namespace PretrainCluster.Learning.Tests.Encoders;

public sealed partial class PublicEncoderParityTests
{
    // TorchSharp 0.99.6 puts other parameters in a module's place where its type changes; who holds the old ones keeps them.
    static readonly bool[] s_inDouble = [false];
}
