using System.Globalization;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Heads;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// Linear probe on features extracted once. The learning rate is the one with the best accuracy on training clips put aside
/// (<see cref="HeldOutClips"/>; among equals the smaller cross-entropy there, then the smaller rate); the head is then trained again on
/// the whole training side and scored on the test side after its last epoch. The test side decides nothing.
/// </summary>
public sealed class LinearProbe : IEvaluationProtocol
{
    static readonly HeadTraining Training = new();

    /// <summary>The grid, ascending.</summary>
    public static IReadOnlyList<double> LearningRates { get; } = [0.003, 0.01, 0.03, 0.1, 0.3, 1];

    public string Name => "linear";
    public int Version => 1;
    public string Summary => "linear layer on frozen features; learning rate chosen on held-out training subjects, last epoch scored";
    public ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;

    public ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var (heads, test, rule) = Train(input, Name, cancellation);
        var predictions = heads.Select(trained => trained.Head.Predict(test).Classes).ToList();
        return new(
            $"features once, standardised; linear layer, SGD momentum {Text(Training.Momentum)}, batch {Training.Batch}, {Training.Epochs} epochs, cosine to 0; "
            + $"learning rate from {{{string.Join(", ", LearningRates.Select(Text))}}} chosen on {rule}: {string.Join(", ", heads.Select(trained => Text(trained.Rate)))}; "
            + "then trained on the whole training side; last epoch",
            [Statistics.Accuracies("accuracy", input.Seeds, test.Labels, predictions)],
            Accuracy.Confusion(test.Labels, predictions[0], input.Classes));
    }

    /// <summary>A head for each seed, trained on the whole training side at the rate that it chose.</summary>
    /// <param name="name">who asks, for progress</param>
    /// <returns>the heads, the test side as they see it, and what the rates were chosen on</returns>
    internal static (IReadOnlyList<(LinearHead Head, double Rate)> Heads, FeatureSet Test, string Rule) Train(EvaluationInput input, string name, CancellationToken cancellation)
    {
        var train = input.Features.Train;
        var standardization = Standardization.Fit(train);
        var standardTrain = standardization.Apply(train);
        var (heads, rule) = (new List<(LinearHead, double)>(), "");
        foreach (var seed in input.Seeds)
        {
            input.Progress?.Invoke(new($"{name}, seed {seed}", heads.Count, input.Seeds.Count));
            (var rate, rule) = ChooseLearningRate(train, seed, input, cancellation);
            heads.Add((Training.Train(standardTrain, input.Classes, rate, seed, cancellation), rate));
        }
        return (heads, standardization.Apply(input.Features.Test), rule);
    }

    /// <summary>Sees the training side alone.</summary>
    internal static (double Rate, string Rule) ChooseLearningRate(FeatureSet train, long seed, EvaluationInput input, CancellationToken cancellation)
    {
        var folds = HeldOutClips.Draw(train, seed);
        var sides = folds.Select(fold =>
        {
            var fit = train.Select(fold.Fit);
            var standardization = Standardization.Fit(fit);
            return (Fit: standardization.Apply(fit), HeldOut: standardization.Apply(train.Select(fold.HeldOut)));
        }).ToList();
        var scores = new (int Right, double Loss)[LearningRates.Count, folds.Count];
        input.Lanes.Run(scores.Length, job =>
        {
            var (rate, fold) = Math.DivRem(job, folds.Count);
            var (fit, heldOut) = sides[fold];
            var (predicted, loss) = Training.Train(fit, input.Classes, LearningRates[rate], seed, cancellation).Predict(heldOut);
            scores[rate, fold] = (predicted.Where((label, i) => label == heldOut.Labels[i]).Count(), loss * heldOut.Clips);
        }, cancellation);
        var best = Enumerable.Range(0, LearningRates.Count)
            .OrderByDescending(rate => Enumerable.Range(0, folds.Count).Sum(fold => scores[rate, fold].Right))
            .ThenBy(rate => Enumerable.Range(0, folds.Count).Sum(fold => scores[rate, fold].Loss))
            .First();
        return (LearningRates[best], folds[0].Rule);
    }

    static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
