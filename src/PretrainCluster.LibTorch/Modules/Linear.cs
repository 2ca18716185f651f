namespace PretrainCluster.LibTorch.Modules;

/// <summary>y = x Wᵀ + b; weight [out, in].</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputs, long outputs, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
    {
        (in_features, out_features) = (inputs, outputs);
        weight = new Parameter(empty([outputs, inputs], dtype, device));
        nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
        register_parameter("weight", weight);
        if (!hasBias)
            return;
        var bound = inputs > 0 ? 1 / Math.Sqrt(inputs) : 0;
        bias = new Parameter(empty([outputs], dtype, device).uniform_(-bound, bound));
        register_parameter("bias", bias);
    }

    public long in_features { get; }
    public long out_features { get; }
    public Parameter weight { get; }
    public Parameter? bias { get; }

    public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
}
