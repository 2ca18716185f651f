using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Heads;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// Encoder and head trained together on labels, as MAMP's main_finetune.py does (Mao et al., ICCV 2023): AdamW with layer-wise learning rates, label smoothing, stochastic depth,
/// its own head and views. What fine-tune and semi-supervised share.
/// </summary>
static class FineTuning
{
    const double Beta1 = 0.9, Beta2 = 0.999;

    /// <param name="protocol">who asks, for messages</param>
    /// <param name="train">clips to learn from</param>
    /// <returns>the test side's predictions after the last epoch</returns>
    public static int[] Run(string protocol, EvaluationInput input, ClipSide train, long seed, string stage, CancellationToken cancellation)
    {
        var (training, plan) = (input.Labelled ?? throw new InvalidOperationException($"protocol {protocol} needs clips, not only features"), input.Settings.FineTune);
        var source = training.Source ?? throw new InvalidOperationException($"protocol {protocol} needs an encoder to start from");
        var (micro, batch) = Batch(protocol, plan, train.Samples.Length);
        var (dataset, view) = (training.Clips.Dataset, PublishedViews.Mamp(training.View));
        using var model = new FineTuneModel(source, plan, ClipShape.Of(dataset, view.Frames), training.Device, input.Classes, seed);
        using var optimizer = new Optimizers.AdamW(model.Weights, Beta1, Beta2, plan.WeightDecay, model.Scales(plan.LayerDecay));
        var schedule = new LearningRateSchedule(new() { LearningRate = plan.LearningRate, MinLearningRate = plan.MinLearningRate, WarmupEpochs = plan.WarmupEpochs }, plan.Epochs);
        var run = new LabelledRun(plan.Epochs, batch, micro, schedule, LargestNorm: 0, TracksFirst: true);
        return run.Run(model, optimizer, new ViewMaker(dataset, view), train, training.Clips.Test, seed, stage, input, cancellation);
    }

    /// <summary>What is done, for a protocol's description.</summary>
    public static string Describe(FineTunePlan plan, int layers) => FormattableString.Invariant(
        $"AdamW lr {plan.LearningRate:0.######} to {plan.MinLearningRate:0.########}, layer decay {plan.LayerDecay:0.###} over {layers} blocks, weight decay {plan.WeightDecay:0.####}, {plan.WarmupEpochs:0.##} epochs of warm-up, cosine, {plan.Epochs} epochs, ")
        + FormattableString.Invariant($"batch {plan.Batch} in {plan.MicroBatches} at most, drop path {plan.DropPath:0.##}, label smoothing {plan.LabelSmoothing:0.##}, head of {plan.Hidden}; train views: random crop [0.5, 1] and rotation; test view: centred crop 0.95; last epoch");

    static (int Micro, int Batch) Batch(string protocol, FineTunePlan plan, int clips)
    {
        var batch = Math.Min(plan.Batch, clips);
        var micro = batch / plan.MicroBatches;
        if (micro >= 2)
            return (micro, micro * plan.MicroBatches);
        return batch >= 2 ? (batch, batch) : throw new InputException($"Protocol {protocol}: there are {clips} labelled clips to train on; at least 2 are needed for the head's batch norm.");
    }
}
