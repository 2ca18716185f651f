namespace PretrainCluster.Learning.Optimizers;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019), in the arithmetic of torch.optim.AdamW.
/// State: <c>step</c>, <c>exp_avg.NAME</c>, <c>exp_avg_sq.NAME</c>.
/// </summary>
public sealed class AdamW : Optimizer
{
    [Kind("adamw", "Adam with weight decay that is decoupled from the gradient (Loshchilov and Hutter, ICLR 2019)")]
    public sealed record Settings : OptimizerSettings
    {
        [Description("decay of the first moment"), Range(0, 0.999999)]
        public double Beta1 { get; init; } = 0.9;

        [Description("decay of the second moment"), Range(0, 0.999999)]
        public double Beta2 { get; init; } = 0.95;

        public override Optimizer Create(
            IReadOnlyList<(string Name, Parameter Parameter)> weights, IReadOnlyList<double>? scales) =>
            new AdamW(weights, Beta1, Beta2, WeightDecay, scales);
    }

    const double Epsilon = 1e-8;

    readonly double _beta1;
    readonly double _beta2;
    readonly Tensor _step;
    readonly Tensor[] _mean;
    readonly Tensor[] _square;

    public AdamW(IReadOnlyList<(string Name, Parameter Parameter)> weights, double beta1, double beta2, double weightDecay, IReadOnlyList<double>? scales = null) : base(weights, weightDecay, scales)
    {
        (_beta1, _beta2) = (beta1, beta2);
        using var _ = no_grad();
        _step = zeros([], ScalarType.Int64).DetachFromDisposeScope();
        (_mean, _square) = (Zeros(), Zeros());
        State =
        [
            ("step", _step),
            .. weights.Zip(_mean, (weight, value) => ("exp_avg." + weight.Name, value)),
            .. weights.Zip(_square, (weight, value) => ("exp_avg_sq." + weight.Name, value)),
        ];
    }

    public override long Steps => _step.item<long>();

    public override IReadOnlyList<(string Name, Tensor Value)> State { get; }

    public override void Step(IReadOnlyList<Tensor> gradients, double learningRate)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        _step.add_(1);
        var step = Steps;
        var correction = 1 - Math.Pow(_beta1, step);
        var squareScale = Math.Sqrt(1 - Math.Pow(_beta2, step));
        for (var i = 0; i < Weights.Count; i++)
        {
            var (weight, gradient, rate) = (Weights[i].Parameter, gradients[i], learningRate * Scales[i]);
            if (Decay[i] != 0)
                weight.mul_(1 - rate * Decay[i]);
            _mean[i].mul_(_beta1).add_(gradient, 1 - _beta1);
            _square[i].mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
            var denominator = _square[i].sqrt().div_(squareScale).add_(Epsilon);
            weight.addcdiv_(_mean[i], denominator, -(rate / correction));
        }
    }
}
