using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Heads;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// A linear probe to the letter of a public implementation: one linear layer on the features as they come, SGD with momentum 0.9 and no weight decay, a learning rate that drops,
/// and the figure that its authors report, the best test accuracy over the epochs. That figure is chosen on the test side; the last epoch's stands beside it.
/// </summary>
public abstract record PublishedLinear : EvaluationProtocol
{
    const double DropFactor = 0.1;

    static readonly Lock s_reporting = new();

    /// <summary>
    /// action_classification.py of skeleton-contrast (Thoker et al., ACM MM 2021), which CMD (Mao et al., ECCV 2022)
    /// took over, with the settings of their scripts.
    /// </summary>
    [Kind(
        "linear/skeleton-contrast-2021",
        "skeleton-contrast's and CMD's linear evaluation to the letter; reports the best test "
            + "epoch, as its authors do (chosen on the test side)")]
    public sealed record SkeletonContrast : PublishedLinear
    {
        private protected override Recipe Published { get; } = new(
            Epochs: 80, Batch: 64, LearningRate: 0.1, Drops: [50, 70], Deviation: 0.01, DropLast: false, TestEvery: 1, WholeClips: false);
    }

    /// <summary>
    /// linear_evaluation.py of CrosSCLR (Li et al., CVPR 2021) and AimCLR (Guo et al., AAAI 2022), with the settings
    /// of their configurations.
    /// </summary>
    [Kind(
        "linear/crosclr-2021",
        "CrosSCLR's and AimCLR's linear evaluation to the letter; reports the best of every "
            + "fifth test epoch, as its authors do (chosen on the test side)")]
    public sealed record CrosSclr : PublishedLinear
    {
        private protected override Recipe Published { get; } = new(
            Epochs: 100, Batch: 128, LearningRate: 3, Drops: [80], Deviation: 0.02, DropLast: true, TestEvery: 5, WholeClips: true);
    }

    /// <summary>
    /// action_classification.py of HiCo (Dong et al., AAAI 2023): skeleton-contrast's, with the learning rate and the
    /// batch of its script.
    /// </summary>
    [Kind(
        "linear/hico-2023",
        "HiCo's linear evaluation to the letter; reports the best test epoch, as its authors do "
            + "(chosen on the test side)")]
    public sealed record HiCo : PublishedLinear
    {
        private protected override Recipe Published { get; } = new(
            Epochs: 80, Batch: 1024, LearningRate: 2, Drops: [50, 70], Deviation: 0.01, DropLast: false, TestEvery: 1, WholeClips: false);
    }

    /// <summary>action_recognition.py of UmURL (Sun et al., ACM MM 2023), with the settings of its script.</summary>
    [Kind(
        "linear/umurl-2023",
        "UmURL's linear evaluation to the letter; reports the best of every fifth test epoch, as "
            + "its authors do (chosen on the test side)")]
    public sealed record UmUrl : PublishedLinear
    {
        private protected override Recipe Published { get; } = new(
            Epochs: 150, Batch: 512, LearningRate: 0.03, Drops: [120, 140], Deviation: 0.01, DropLast: false, TestEvery: 5, WholeClips: true);
    }

    /// <summary>
    /// action_recognition.py of USDRL (Weng et al., AAAI 2025), with the settings of its script for NTU RGB+D 60,
    /// cross-subject, and 120; it goes on for 10 epochs behind the number that it is given.
    /// </summary>
    [Kind(
        "linear/usdrl-2025",
        "USDRL's linear evaluation to the letter; reports the best of every fifth test epoch, as "
            + "its authors do (chosen on the test side)")]
    public sealed record Usdrl : PublishedLinear
    {
        private protected override Recipe Published { get; } = new(
            Epochs: 160, Batch: 512, LearningRate: 0.006, Drops: [120, 140], Deviation: 0.01, DropLast: false, TestEvery: 5, WholeClips: true);
    }

    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;
    public override bool HasOwnViews => true;

    private protected abstract Recipe Published { get; }

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var view = Published.WholeClips ? PublishedViews.Whole(input.Features.View) : PublishedViews.SkeletonContrast(input.Features.View);
        var test = input.Features.TestUnder(view);
        var runs = new BestAndLast[input.Seeds.Count];
        if (Published.WholeClips)
        {
            // Whole clips look the same in every epoch and under every seed.
            int[] all = [.. Enumerable.Range(0, input.Features.Train.Clips)];
            var whole = input.Features.TrainingViews(view, all, input.Seeds[0], 0, cancellation);
            input.Lanes.Run(runs.Length, run =>
            {
                using var scope = NewDisposeScope();
                var features = frombuffer(whole, ScalarType.Float32).view(-1, test.Width);
                Tensor Select(int[] rows, int epoch) => features.index_select(0, tensor(rows, ScalarType.Int64));
                runs[run] = Train(input, input.Seeds[run], test, Select, cancellation);
            }, cancellation);
        }
        else
        {
            for (var run = 0; run < runs.Length; run++)
            {
                var seed = input.Seeds[run];
                Tensor Extract(int[] rows, int epoch)
                {
                    var values = input.Features.TrainingViews(view, rows, seed, epoch, cancellation);
                    return frombuffer(values, ScalarType.Float32).view(-1, test.Width);
                }
                runs[run] = Train(input, seed, test, Extract, cancellation);
            }
        }
        return new(
            FormattableString.Invariant($"best test epoch, as its authors report; linear layer, SGD lr {Published.LearningRate} x {DropFactor} after {string.Join(" and ", Published.Drops)} of {Published.Epochs} epochs, momentum {LinearHeads.Momentum}, ")
            + $"batch {Math.Min(Published.Batch, input.Features.Train.Clips)}; {(Published.WholeClips ? "whole clips" : "train views: random crop [0.5, 1], new each epoch; test view: centred crop 0.95")}; tested every {(Published.TestEvery == 1 ? "epoch" : $"{Published.TestEvery} epochs")}",
            BestAndLast.Measure(input.Seeds, test.Labels, runs),
            Accuracy.Confusion(test.Labels, runs[0].Best, input.Classes));
    }

    /// <param name="featuresOf">an epoch's features [rows, width], of the training side's rows and the epoch</param>
    BestAndLast Train(
        EvaluationInput input, long seed, FeatureSet test, Func<int[], int, Tensor> featuresOf, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var train = input.Features.Train;
        var weights = EvaluationStream.HeadWeights.Random(seed);
        using var head = new LinearHeads(test.Width, input.Classes, Published.Deviation, weights, Published.LearningRate);
        var (tested, labels) = (test.ToTensor(), train.LabelTensor());
        var batch = Math.Min(Published.Batch, train.Clips);
        var used = Published.DropLast ? train.Clips / batch * batch : train.Clips;
        var order = Enumerable.Range(0, train.Clips).ToArray();
        var epochs = new BestAndLast(test.Labels);

        for (var epoch = 0; epoch < Published.Epochs; epoch++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var ofEpoch = NewDisposeScope();
            Report(input, seed, epoch);
            var random = EvaluationStream.Order.Random(seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            var features = featuresOf(order[..used], epoch);
            var targets = labels.index_select(0, tensor(order, ScalarType.Int64));
            var factor = Math.Pow(DropFactor, Published.Drops.Count(drop => epoch >= drop));
            for (var start = 0; start < used; start += batch)
            {
                using var ofStep = NewDisposeScope();
                var clips = Math.Min(batch, used - start);
                head.Step(features.narrow(0, start, clips), targets.narrow(0, start, clips), factor);
            }
            if ((epoch + 1) % Published.TestEvery == 0 || epoch + 1 == Published.Epochs)
                epochs.Add(head.Predict(tested));
        }
        return epochs;
    }

    void Report(EvaluationInput input, long seed, int epoch)
    {
        lock (s_reporting)
            input.Progress?.Invoke(new($"{Name}, seed {seed}", epoch, Published.Epochs));
    }

    /// <param name="Drops">epochs after which the learning rate is a tenth</param>
    /// <param name="Deviation">standard deviation of the initial weights</param>
    /// <param name="DropLast">leave each epoch's remainder out</param>
    /// <param name="TestEvery">epochs between tests</param>
    private protected sealed record Recipe(int Epochs, int Batch, double LearningRate, int[] Drops, double Deviation, bool DropLast, int TestEvery, bool WholeClips);
}
