namespace PretrainCluster.LibTorch.Modules;

/// <summary>Normalises each channel by its batch's statistics; Ioffe and Szegedy, ICML 2015. Channels are the second dimension.</summary>
public abstract class BatchNorm : nn.Module<Tensor, Tensor>
{
    readonly double _eps, _momentum;

    private protected BatchNorm(string name, long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype) : base(name)
    {
        (_eps, _momentum) = (eps, momentum);
        if (affine)
        {
            weight = new Parameter(ones([features], dtype, device));
            bias = new Parameter(zeros([features], dtype, device));
            register_parameter("weight", weight);
            register_parameter("bias", bias);
        }
        if (!trackRunningStats)
            return;
        running_mean = zeros([features], dtype, device);
        running_var = ones([features], dtype, device);
        num_batches_tracked = zeros([], int64, device);
        register_buffer("running_mean", running_mean);
        register_buffer("running_var", running_var);
        register_buffer("num_batches_tracked", num_batches_tracked);
    }

    public Parameter? weight { get; }
    public Parameter? bias { get; }
    public Tensor? running_mean { get; }
    public Tensor? running_var { get; }
    public Tensor? num_batches_tracked { get; }

    public override Tensor forward(Tensor input)
    {
        if (training)
            num_batches_tracked?.add_(1);
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, training || running_mean is null, _momentum, _eps);
    }
}

public sealed class BatchNorm1d : BatchNorm
{
    internal BatchNorm1d(long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype)
        : base(nameof(BatchNorm1d), features, eps, momentum, affine, trackRunningStats, device, dtype)
    {
    }
}

public sealed class BatchNorm2d : BatchNorm
{
    internal BatchNorm2d(long features, double eps, double momentum, bool affine, bool trackRunningStats, Device? device, ScalarType? dtype)
        : base(nameof(BatchNorm2d), features, eps, momentum, affine, trackRunningStats, device, dtype)
    {
    }
}
