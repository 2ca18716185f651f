namespace PretrainCluster.LibTorch.Modules;

/// <summary>A table of vectors looked up by index; weight [entries, width].</summary>
public sealed class Embedding : nn.Module<Tensor, Tensor>
{
    internal Embedding(long entries, long width, Device? device, ScalarType? dtype) : base(nameof(Embedding))
    {
        weight = new Parameter(randn([entries, width], dtype, device));
        register_parameter("weight", weight);
    }

    public Parameter weight { get; }

    public override Tensor forward(Tensor input) => nn.functional.embedding(input, weight);
}
