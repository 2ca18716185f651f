namespace PretrainCluster.Learning.Tests.Objectives;

public sealed partial class ObjectiveTests
{
    [Fact(Skip = "TorchSharp has no autocast")]
    public void Forward_InBf16_IsCloseToFp32()
    {
    }
}
