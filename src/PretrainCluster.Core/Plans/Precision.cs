namespace PretrainCluster.Core.Plans;

public enum Precision
{
    Fp32,
    Bf16,
}
