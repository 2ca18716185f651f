namespace PretrainCluster.LibTorch.Modules;

/// <summary>Normalises over the last dimensions; Ba et al., arXiv 1607.06450.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    internal LayerNorm(long[] shape, double eps, bool elementwiseAffine, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(LayerNorm))
    {
        (normalized_shape, this.eps, elementwise_affine) = (shape, eps, elementwiseAffine);
        if (!elementwiseAffine)
            return;
        weight = new Parameter(ones(shape, dtype, device));
        register_parameter("weight", weight);
        if (!hasBias)
            return;
        bias = new Parameter(zeros(shape, dtype, device));
        register_parameter("bias", bias);
    }

    public long[] normalized_shape { get; }
    public double eps { get; }
    public bool elementwise_affine { get; }
    public Parameter? weight { get; }
    public Parameter? bias { get; }

    public override Tensor forward(Tensor tensor) => nn.functional.layer_norm(tensor, normalized_shape, weight, bias, eps);
}
