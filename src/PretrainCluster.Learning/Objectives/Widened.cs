namespace PretrainCluster.Learning.Objectives;

/// <summary>Values in fp32 at least, whatever autocast computed them in.</summary>
static class Widened
{
    public static Tensor Of(Tensor x) => x.dtype == ScalarType.Float64 ? x : x.to(ScalarType.Float32);
}
