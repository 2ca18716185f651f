namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>
/// Linear layers under a softmax cross-entropy that learn from the same batches, each at a rate of its own. They begin
/// with the same weights and share every product. The optimiser is PyTorch's SGD with momentum 0.9 and without weight
/// decay: velocity = momentum * velocity + gradient; weights -= rate * velocity.
/// </summary>
/// <remarks>The gradient is written out: for layers of this size autograd would take longer than the products.</remarks>
sealed class LinearHeads : IDisposable
{
    /// <summary>Of the optimiser.</summary>
    public const double Momentum = 0.9;

    readonly int _heads, _classes;
    readonly Tensor _weights, _velocity, _rates, _targets;

    /// <summary>Weights from N(0, <paramref name="deviation"/>^2), biases 0.</summary>
    /// <param name="random">gives the weights, class after class</param>
    /// <param name="rates">one per head</param>
    public LinearHeads(int width, int classes, double deviation, CounterRandom random, params IReadOnlyList<double> rates)
    {
        (_heads, _classes) = (rates.Count, classes);
        var initial = new float[classes * (width + 1)];
        for (var at = 0; at < initial.Length; at++)
            initial[at] = at % (width + 1) == width ? 0 : (float)(deviation * random.NextGaussian());
        using var scope = NewDisposeScope();
        _weights = tensor(initial, [classes, width + 1]).repeat(_heads, 1).DetachFromDisposeScope();
        _velocity = zeros_like(_weights).DetachFromDisposeScope();
        var ofHeads = tensor([.. rates.Select(rate => (float)rate)], [_heads, 1]);
        _rates = ofHeads.repeat_interleave(classes, 0).DetachFromDisposeScope();
        _targets = eye(classes).DetachFromDisposeScope();
    }

    /// <summary>[heads * classes, width + 1]: each class's weights and, last, its bias.</summary>
    public Tensor Weights => _weights;

    /// <summary>One step down the mean cross-entropy of a batch.</summary>
    /// <param name="features">[clips, width]</param>
    /// <param name="labels">int64 [clips]</param>
    /// <param name="factor">of all rates, by the schedule</param>
    public void Step(Tensor features, Tensor labels, double factor)
    {
        using var scope = NewDisposeScope();
        using var down = (-factor).ToScalar();
        var inputs = WithOnes(features);
        var errors = Scores(inputs).softmax(1).sub_(_targets.index_select(1, labels));
        _velocity.addmm_(errors.view(-1, labels.shape[0]), inputs, (float)Momentum, 1f / labels.shape[0]);
        _weights.addcmul_(_velocity, _rates, down);
    }

    /// <param name="features">[clips, width]</param>
    /// <returns>[heads, classes, clips]</returns>
    public Tensor Logits(Tensor features) => Scores(WithOnes(features));

    /// <summary>The class with the highest score of each clip, the smallest among equals; for the first head.</summary>
    public int[] Predict(Tensor features)
    {
        using var scope = NewDisposeScope();
        return [.. Logits(features).select(0, 0).argmax(0).data<long>().ToArray().Select(label => (int)label)];
    }

    public void Dispose()
    {
        _weights.Dispose();
        _velocity.Dispose();
        _rates.Dispose();
        _targets.Dispose();
    }

    // Clips come last: libtorch's softmax is slow where the last dimension is as short as ten classes.
    Tensor Scores(Tensor inputs) => _weights.mm(inputs.t()).view(_heads, _classes, -1);

    // The bias is the weight of a feature that is always 1.
    static Tensor WithOnes(Tensor features) => nn.functional.pad(features, (0, 1), PaddingModes.Constant, 1);
}
