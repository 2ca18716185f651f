namespace PretrainCluster.Learning.Optimizers;

/// <summary>
/// The keys of an optimiser. A kind derives a record from it, with a <see cref="KindAttribute"/>, beside the class that it
/// makes; that is all it takes to add one.
/// </summary>
public abstract record OptimizerSettings : OptimizerPlan
{
    /// <param name="scales">what each weight's learning rate is multiplied by; null for 1</param>
    public abstract Optimizer Create(
        IReadOnlyList<(string Name, Parameter Parameter)> weights, IReadOnlyList<double>? scales);
}

/// <summary>Updates weights from gradients that the caller hands in, in the order of the weights. Its state has public names, so that checkpoints can be read elsewhere.</summary>
public abstract class Optimizer : IDisposable
{
    protected Optimizer(IReadOnlyList<(string Name, Parameter Parameter)> weights, double weightDecay, IReadOnlyList<double>? scales)
    {
        (Weights, Scales) = (weights, scales ?? [.. weights.Select(_ => 1.0)]);
        Decay = [.. weights.Select(weight => IsDecayed(weight.Name, weight.Parameter) ? weightDecay : 0)];
    }

    /// <summary>Updates done so far.</summary>
    public abstract long Steps { get; }

    /// <summary>Everything that <see cref="Step"/> remembers, by name; what a checkpoint holds and a restore fills in place.</summary>
    public abstract IReadOnlyList<(string Name, Tensor Value)> State { get; }

    protected IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>Weight decay of each weight.</summary>
    protected IReadOnlyList<double> Decay { get; }

    /// <summary>What each weight's learning rate is multiplied by.</summary>
    protected IReadOnlyList<double> Scales { get; }

    /// <param name="plan">read with the kinds that there are</param>
    /// <param name="scales">what each weight's learning rate is multiplied by; null for 1</param>
    public static Optimizer Create(
        OptimizerPlan plan, IReadOnlyList<(string Name, Parameter Parameter)> weights, IReadOnlyList<double>? scales = null) =>
        plan.As<OptimizerSettings>().Create(weights, scales);

    /// <summary>
    /// timm 0.3.2's rule, which the public pretraining uses: one-dimensional weights (norms) and biases are not decayed; the embeddings and the mask token,
    /// having more dimensions, are.
    /// </summary>
    public static bool IsDecayed(string name, Tensor weight) => weight.shape.Length != 1 && !name.EndsWith(".bias", StringComparison.Ordinal);

    /// <summary>One update.</summary>
    /// <param name="gradients">one per weight, in their order and shape; not changed</param>
    /// <param name="learningRate">of this step</param>
    public abstract void Step(IReadOnlyList<Tensor> gradients, double learningRate);

    public void Dispose()
    {
        foreach (var (_, value) in State)
            value.Dispose();
        GC.SuppressFinalize(this);
    }

    protected Tensor[] Zeros() => [.. Weights.Select(weight => zeros_like(weight.Parameter).DetachFromDisposeScope())];
}
