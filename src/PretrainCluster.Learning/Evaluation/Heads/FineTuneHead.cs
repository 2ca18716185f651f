namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>
/// The head that MAMP fine-tunes with (ActionHeadFinetune of its model/transformer.py): dropout, the mean over time and persons, two linear layers with batch norm and
/// ReLU between them. Names and initial weights are those of the public implementation.
/// </summary>
sealed class FineTuneHead : nn.Module
{
    readonly MicroBatchNorm bn;
    readonly Linear fc1, fc2;
    readonly double _dropout;

    /// <param name="values">numbers that <see cref="SkeletonEncoder.Parts"/> gives of a part</param>
    public FineTuneHead(FineTunePlan plan, long values, int classes, ulong seed) : base(nameof(FineTuneHead))
    {
        bn = new MicroBatchNorm(plan.Hidden);
        fc1 = nn.Linear(values, plan.Hidden);
        fc2 = nn.Linear(plan.Hidden, classes);
        _dropout = plan.Dropout;
        RegisterComponents();
        Weights = [.. named_parameters().Select(weight => ("head." + weight.name, weight.parameter))];
        Initialization.Fill(Weights, seed);
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>Numbers of the batch norm's statistics: mean and variance of each channel.</summary>
    public int StatisticsLength => 2 * bn.Channels;

    /// <param name="parts">[clips, parts, values]</param>
    /// <param name="pass">null in an evaluation pass</param>
    /// <returns>[clips, classes]</returns>
    public Tensor Forward(Tensor parts, TrainingPass? pass)
    {
        var x = (pass?.Noise.Drop(parts, _dropout) ?? parts).mean([1]);
        return fc2.forward(nn.functional.relu(bn.Forward(fc1.forward(x), pass)));
    }

    public void Track(Tensor statistics)
    {
        using var _ = no_grad();
        bn.Track(statistics.narrow(0, 0, bn.Channels), statistics.narrow(0, bn.Channels, bn.Channels));
    }
}
