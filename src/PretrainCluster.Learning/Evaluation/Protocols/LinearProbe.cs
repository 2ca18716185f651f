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
        var (train, test) = (input.Features.Train, input.Features.Test);
        var standardization = Standardization.Fit(train);
        var (standardTrain, standardTest) = (standardization.Apply(train), standardization.Apply(test));
        var (accuracies, rates) = (new List<double>(), new List<double>());
        int[]? firstPredictions = null;
        var rule = "";

        foreach (var seed in input.Seeds)
        {
            input.Progress?.Invoke(new($"{Name}, seed {seed}", accuracies.Count, input.Seeds.Count));
            (var rate, rule) = ChooseLearningRate(train, seed, input, cancellation);
            var head = Training.Train(standardTrain, input.Classes, rate, seed, cancellation);
            var (predicted, _) = head.Predict(standardTest);
            firstPredictions ??= predicted;
            accuracies.Add(Accuracy.Percent(test.Labels, predicted));
            rates.Add(rate);
        }
        return new(
            $"features once, standardised; linear layer, SGD momentum {Text(Training.Momentum)}, batch {Training.Batch}, {Training.Epochs} epochs, cosine to 0; "
            + $"learning rate from {{{string.Join(", ", LearningRates.Select(Text))}}} chosen on {rule}: {string.Join(", ", rates.Select(Text))}; "
            + "then trained on the whole training side; last epoch",
            [Statistics.Summarize("accuracy", input.Seeds, accuracies)],
            Accuracy.Confusion(test.Labels, firstPredictions!, input.Classes));
    }

    /// <summary>Sees the training side alone.</summary>
    static (double Rate, string Rule) ChooseLearningRate(FeatureSet train, long seed, EvaluationInput input, CancellationToken cancellation)
    {
        var parts = HeldOutClips.Draw(train, seed);
        var fit = train.Select(parts.Fit);
        var standardization = Standardization.Fit(fit);
        var (standardFit, heldOut) = (standardization.Apply(fit), standardization.Apply(train.Select(parts.HeldOut)));
        var scores = new (double Accuracy, double Loss)[LearningRates.Count];
        input.Lanes.Run(scores.Length, i =>
        {
            var head = Training.Train(standardFit, input.Classes, LearningRates[i], seed, cancellation);
            var (predicted, loss) = head.Predict(heldOut);
            scores[i] = (Accuracy.Percent(heldOut.Labels, predicted), loss);
        }, cancellation);
        var best = Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i].Accuracy).ThenBy(i => scores[i].Loss).First();
        return (LearningRates[best], parts.Rule);
    }

    static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
