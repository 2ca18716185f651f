using System.Globalization;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Heads;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// Linear probe on features extracted once. The learning rate is the one with the best accuracy on training clips put aside
/// (<see cref="HeldOutClips"/>; among equals the smaller cross-entropy there, then the smaller rate); the head is then trained again on
/// the whole training side and scored on the test side after its last epoch. The test side decides nothing.
/// </summary>
[Kind(
    "linear", "linear layer on frozen features; learning rate chosen on held-out training subjects, last epoch scored")]
public sealed record LinearProbe : EvaluationProtocol
{
    static readonly HeadTraining Training = new();

    /// <summary>The grid, ascending.</summary>
    public static IReadOnlyList<double> LearningRates { get; } = [0.003, 0.01, 0.03, 0.1, 0.3, 1];

    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var (test, (scores, rates, rule)) = (input.Features.Test, Score(input, Name, cancellation));
        var predictions = scores.Select(ofSeed => LateFusion.Best(ofSeed, input.Classes)).ToList();
        return new(
            $"features once, standardised; linear layer, SGD momentum {Text(LinearHeads.Momentum)}, batch {Training.Batch}, {Training.Epochs} epochs, cosine to 0; "
            + $"learning rate from {{{string.Join(", ", LearningRates.Select(Text))}}} chosen on {rule}: {string.Join(", ", rates.Select(Text))}; "
            + "then trained on the whole training side; last epoch",
            [Statistics.Accuracies("accuracy", input.Seeds, test.Labels, predictions)],
            Accuracy.Confusion(test.Labels, predictions[0], input.Classes));
    }

    /// <summary>A head for each seed, trained on the whole training side at the rate that it chose.</summary>
    /// <param name="name">who asks, for progress</param>
    /// <returns>each head's scores of the test side [clips, classes] and its rate, and what the rates were chosen on</returns>
    internal static (float[][] Scores, double[] Rates, string Rule) Score(
        EvaluationInput input, string name, CancellationToken cancellation)
    {
        var (train, test, seeds) = (input.Features.Train, input.Features.Test, input.Seeds);
        input.Progress?.Invoke(new($"{name}, learning rates", 0, 2));
        var (rates, rule) = ChooseLearningRates(train, input, cancellation);
        input.Progress?.Invoke(new($"{name}, heads", 1, 2));
        var scores = new float[seeds.Count][];
        input.Lanes.Run(scores.Length, job =>
        {
            using var scope = NewDisposeScope();
            var (standardTrain, standardTest) = Standardization.Apply(train, test);
            using var head = Training.Train(
                standardTrain, train.LabelTensor(), input.Classes, [rates[job]], seeds[job], cancellation);
            scores[job] = head.Logits(standardTest).select(0, 0).t().contiguous().data<float>().ToArray();
        }, cancellation);
        return (scores, rates, rule);
    }

    /// <summary>Sees the training side alone.</summary>
    /// <returns>the rate of each seed, and what they were chosen on</returns>
    internal static (double[] Rates, string Rule) ChooseLearningRates(
        FeatureSet train, EvaluationInput input, CancellationToken cancellation)
    {
        var folds = input.Seeds
            .SelectMany((seed, s) => HeldOutClips.Draw(train, seed).Select(fold => (Seed: s, Clips: fold))).ToList();
        var (right, losses) = (new long[folds.Count][], new double[folds.Count][]);
        input.Lanes.Run(folds.Count, job =>
        {
            using var scope = NewDisposeScope();
            var (seed, clips) = folds[job];
            var (fit, heldOut) = (train.Select(clips.Fit), train.Select(clips.HeldOut));
            var (standardFit, standardHeldOut) = Standardization.Apply(fit, heldOut);
            using var heads = Training.Train(
                standardFit, fit.LabelTensor(), input.Classes, LearningRates, input.Seeds[seed], cancellation);
            var logits = heads.Logits(standardHeldOut);
            var labels = heldOut.LabelTensor().expand(LearningRates.Count, -1);
            right[job] = [.. logits.argmax(1).eq(labels).sum([1]).data<long>()];
            var loss = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.None);
            losses[job] = [.. loss.sum(1, type: float64).data<double>()];
        }, cancellation);
        return ([.. input.Seeds.Select((_, seed) => LearningRates[Best(seed)])], folds[0].Clips.Rule);

        int Best(int seed)
        {
            int[] jobs = [.. Enumerable.Range(0, folds.Count).Where(job => folds[job].Seed == seed)];
            return Enumerable.Range(0, LearningRates.Count)
                .OrderByDescending(rate => jobs.Sum(job => right[job][rate]))
                .ThenBy(rate => jobs.Sum(job => losses[job][rate]))
                .First();
        }
    }

    static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
