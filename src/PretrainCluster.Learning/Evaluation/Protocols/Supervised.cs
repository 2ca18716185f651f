using PretrainCluster.Learning.Evaluation.Heads;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// The ceiling beside the probes: the same encoder and one linear layer, trained end to end from scratch with the labels of the training side,
/// on the plan's training views, scored on the test side after the last epoch. Nothing is selected.
/// </summary>
[Kind("supervised", "the same encoder trained from scratch with labels; last epoch scored")]
public sealed record Supervised : EvaluationProtocol
{
    const int LargestBatch = 16, MicroBatch = 8;
    const double LearningRate = 1e-3, WarmupShare = 0.05, WeightDecay = 0.05, Beta1 = 0.9, Beta2 = 0.999, LargestNorm = 1;

    public override int Version => 1;
    public override ProtocolSubject Subject => ProtocolSubject.Architecture;

    public override string? Settings(EvaluationPlan plan) => SectionSettings.Of(plan.Supervised);

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var training = input.Labelled ?? throw new InvalidOperationException($"protocol {Name} needs clips, not only features");
        // A short run keeps the warm-up's place.
        var (epochs, warmUp) = (input.Settings.Supervised.Epochs, WarmupShare * input.Settings.Supervised.Epochs);
        var batch = Math.Min(LargestBatch, training.Clips.Train.Samples.Length);
        var run = new LabelledRun(epochs, batch, MicroBatch, new LearningRateSchedule(new() { LearningRate = LearningRate, WarmupEpochs = warmUp }, epochs), LargestNorm);
        var predictions = input.Seeds.Select(seed => Train(run, training, input, seed, cancellation)).ToList();
        return new(
            $"encoder and linear layer from random weights; AdamW lr {LearningRate:0.###}, weight decay {WeightDecay}, {warmUp:0.##} epochs of warm-up, cosine to 0, {epochs} epochs, "
            + $"batch {batch}, gradient norm at most {LargestNorm}; the plan's training views; last epoch",
            [Statistics.Accuracies("accuracy", input.Seeds, training.Clips.Test.Labels, predictions)],
            Accuracy.Confusion(training.Clips.Test.Labels, predictions[0], input.Classes));
    }

    int[] Train(LabelledRun run, LabelledTraining training, EvaluationInput input, long seed, CancellationToken cancellation)
    {
        var (clips, dataset) = (training.Clips, training.Clips.Dataset);
        using var model = new SupervisedModel(training.Encoder, ClipShape.Of(dataset, training.View.Frames), training.Device, input.Classes, seed);
        using var optimizer = new Optimizers.AdamW(model.Weights, Beta1, Beta2, WeightDecay);
        return run.Run(model, optimizer, new ViewMaker(dataset, training.View), clips.Train, clips.Test, seed, $"{Name}, seed {seed}", input, cancellation);
    }
}
