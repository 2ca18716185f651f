namespace PretrainCluster.Learning.Optimizers;

/// <summary>
/// Stochastic gradient descent with momentum, in the arithmetic of torch.optim.SGD: weight decay is added to the gradient, so unlike <see cref="AdamW"/>'s
/// it passes through the momentum. State: <c>step</c>, <c>momentum_buffer.NAME</c>.
/// </summary>
public sealed class Sgd : Optimizer
{
    [Kind("sgd", "stochastic gradient descent with momentum; weight decay is added to the gradient")]
    public sealed record Settings : OptimizerSettings
    {
        [Description("momentum"), Range(0, 0.999999)]
        public double Momentum { get; init; } = 0.9;

        public override Optimizer Create(
            IReadOnlyList<(string Name, Parameter Parameter)> weights, IReadOnlyList<double>? scales) =>
            new Sgd(weights, Momentum, WeightDecay, scales);
    }

    readonly double _momentum;
    readonly Tensor _step;
    readonly Tensor[] _velocity;

    public Sgd(IReadOnlyList<(string Name, Parameter Parameter)> weights, double momentum, double weightDecay, IReadOnlyList<double>? scales = null) : base(weights, weightDecay, scales)
    {
        _momentum = momentum;
        using var _ = no_grad();
        _step = zeros([], ScalarType.Int64).DetachFromDisposeScope();
        _velocity = Zeros();
        State = [("step", _step), .. weights.Zip(_velocity, (weight, value) => ("momentum_buffer." + weight.Name, value))];
    }

    public override long Steps => _step.item<long>();

    public override IReadOnlyList<(string Name, Tensor Value)> State { get; }

    public override void Step(IReadOnlyList<Tensor> gradients, double learningRate)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        _step.add_(1);
        for (var i = 0; i < Weights.Count; i++)
        {
            var weight = Weights[i].Parameter;
            var gradient = Decay[i] == 0 ? gradients[i] : gradients[i] + weight * Decay[i];
            _velocity[i].mul_(_momentum).add_(gradient);
            weight.add_(_velocity[i], -learningRate * Scales[i]);
        }
    }
}
