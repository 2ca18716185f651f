namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>An encoder with initial weights and a linear layer on its features.</summary>
sealed class SupervisedModel : LabelledModel
{
    readonly Parameter _weight, _bias;

    public SupervisedModel(EncoderPlan plan, ClipShape clip, Device device, int classes, long seed) : base(EncoderFactory.Create(plan, clip, (ulong)seed), clip, device)
    {
        Encoder.to(device);
        var random = EvaluationStream.HeadWeights.Random(seed);
        var values = new float[classes * Encoder.Width];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(0.01 * random.NextGaussian());
        _weight = new Parameter(tensor(values, [classes, Encoder.Width], device: device));
        _bias = new Parameter(zeros(classes, device: device));
        Weights = [.. Encoder.Weights, ("head.fc.weight", _weight), ("head.fc.bias", _bias)];
    }

    public override IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    public override void Dispose()
    {
        base.Dispose();
        _weight.Dispose();
        _bias.Dispose();
    }

    protected override Tensor Logits(Tensor clips, TrainingPass? pass) => nn.functional.linear(Encoder.Features(clips, pass), _weight, _bias);

    protected override void Track(Tensor statistics) => Encoder.Track(statistics);
}
