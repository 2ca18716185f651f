namespace PretrainCluster.LibTorch.Modules;

/// <summary>What one- and two-dimensional convolutions share: weight [out, in / groups, kernel...].</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    private protected Convolution(string name, long inputs, long outputs, long[] kernel, long groups, bool hasBias, Device? device, ScalarType? dtype) : base(name)
    {
        weight = new Parameter(empty([outputs, inputs / groups, .. kernel], dtype, device));
        nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
        register_parameter("weight", weight);
        if (!hasBias)
            return;
        var bound = 1 / Math.Sqrt(weight.numel() / outputs);
        bias = new Parameter(empty([outputs], dtype, device).uniform_(-bound, bound));
        register_parameter("bias", bias);
    }

    public Parameter weight { get; }
    public Parameter? bias { get; }
}

/// <summary>Over [batch, channels, length].</summary>
public sealed class Conv1d : Convolution
{
    readonly long _stride, _padding, _dilation, _groups;

    internal Conv1d(long inputs, long outputs, long kernel, long stride, long padding, long dilation, long groups, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Conv1d), inputs, outputs, [kernel], groups, hasBias, device, dtype) =>
        (_stride, _padding, _dilation, _groups) = (stride, padding, dilation, groups);

    public override Tensor forward(Tensor input) => nn.functional.conv1d(input, weight, bias, _stride, _padding, _dilation, _groups);
}

/// <summary>Over [batch, channels, height, width].</summary>
public sealed class Conv2d : Convolution
{
    readonly long[] _stride, _padding, _dilation;
    readonly long _groups;

    internal Conv2d(long inputs, long outputs, long[] kernel, long[] stride, long[] padding, long[] dilation, long groups, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(Conv2d), inputs, outputs, kernel, groups, hasBias, device, dtype) =>
        (_stride, _padding, _dilation, _groups) = (stride, padding, dilation, groups);

    public override Tensor forward(Tensor input) => nn.functional.conv2d(input, weight, bias, _stride, _padding, _dilation, _groups);
}
