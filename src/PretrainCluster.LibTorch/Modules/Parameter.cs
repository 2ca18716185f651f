namespace PretrainCluster.LibTorch.Modules;

/// <summary>A tensor that is trained.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>Takes over the handle of <paramref name="data"/>, which is empty afterwards.</summary>
    public Parameter(Tensor data, bool requires_grad = true) : base(data.requires_grad_(requires_grad))
    {
    }
}
