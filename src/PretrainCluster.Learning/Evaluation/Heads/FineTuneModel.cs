namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>A copy of an encoder with <see cref="FineTuneHead"/>.</summary>
sealed class FineTuneModel : LabelledModel
{
    readonly FineTuneHead _head;

    /// <param name="source">what the copy starts from; it stays as it is</param>
    /// <param name="seed">of the head's initial weights</param>
    public FineTuneModel(SkeletonEncoder source, FineTunePlan plan, ClipShape clip, Device device, int classes, long seed) : base(Copy(source, plan, clip), clip, device, plan.LabelSmoothing)
    {
        _head = new FineTuneHead(plan, Encoder.PartWidth, classes, (ulong)seed);
        Encoder.to(device);
        _head.to(device);
        Weights = [.. Encoder.Weights, .. _head.Weights];
    }

    public override IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>What each weight's learning rate is multiplied by.</summary>
    public IReadOnlyList<double> Scales(double layerDecay) => Optimizers.LayerDecay.Scales(Encoder, Weights, layerDecay);

    public override void Dispose()
    {
        base.Dispose();
        _head.Dispose();
    }

    protected override Tensor Logits(Tensor clips, TrainingPass? pass) => _head.Forward(Encoder.Parts(clips, pass), pass);

    protected override void Track(Tensor statistics)
    {
        var ofEncoder = statistics.shape[0] - _head.StatisticsLength;
        if (ofEncoder > 0)
            Encoder.Track(statistics.narrow(0, 0, ofEncoder));
        _head.Track(statistics.narrow(0, ofEncoder, _head.StatisticsLength));
    }

    static SkeletonEncoder Copy(SkeletonEncoder source, FineTunePlan plan, ClipShape clip)
    {
        var copy = EncoderFactory.Create(source.Plan is SkeletonTransformer.Settings transformer ? transformer with { DropPath = plan.DropPath } : source.Plan, clip, seed: 0);
        using var _ = no_grad();
        foreach (var ((_, to), (_, from)) in copy.Weights.Zip(source.Weights))
            to.copy_(from);
        foreach (var ((_, to), (_, from)) in copy.Buffers.Zip(source.Buffers))
            to.copy_(from);
        return copy;
    }
}
