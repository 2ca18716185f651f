using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// Fine-tuning (<see cref="FineTuning"/>) on the labels of 1, 5 and 10 % of the training side, five draws each. Uniform as MAMP and CMD draw them: that part of all clips,
/// whatever their classes. Stratified as AimCLR does: that part of each class, rounded, but one clip at least. The clips of a smaller part are among those of a larger one.
/// </summary>
public sealed class SemiSupervised(bool stratified) : IEvaluationProtocol
{
    public string Name => stratified ? "semi-supervised/stratified" : "semi-supervised/uniform";
    public int Version => 1;
    public string Summary => $"fine-tune on the labels of 1, 5 and 10 % of {(stratified ? "each class" : "the training clips")}, five draws";
    public ProtocolSubject Subject => ProtocolSubject.TunedEncoder;
    public bool HasOwnViews => true;

    public string? Settings(EvaluationPlan plan)
    {
        var parts = new[] { SectionSettings.Of(plan.SemiSupervised), SectionSettings.Of(plan.FineTune) }.OfType<string>().ToList();
        return parts.Count > 0 ? string.Join(", ", parts) : null;
    }

    public ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var (clips, plan) = (input.Labelled?.Clips ?? throw new InvalidOperationException($"protocol {Name} needs clips, not only features"), input.Settings.SemiSupervised);
        var seeds = Enumerable.Range(0, plan.Repeats).Select(i => input.Seeds[0] + i).ToArray();
        var sizes = new List<int>();
        var predictions = new List<List<int[]>>();
        foreach (var fraction in plan.Fractions)
        {
            predictions.Add([]);
            foreach (var seed in seeds)
            {
                var part = Draw(clips.Train, fraction, seed);
                predictions[^1].Add(FineTuning.Run(Name, input, part, seed, $"{Name}, {Percent(fraction)}, seed {seed}", cancellation));
                if (seed == seeds[0])
                    sizes.Add(part.Samples.Length);
            }
        }
        return new(
            $"labels of {string.Join(", ", plan.Fractions.Select((fraction, i) => $"{Percent(fraction)} ({sizes[i]} clips)"))}, drawn {(stratified ? "from each class" : "from all clips")}; "
            + $"{plan.Repeats} draws with seeds {seeds[0]} to {seeds[^1]}; " + FineTuning.Describe(input.Settings.FineTune, input.Labelled.Source!.Blocks),
            [.. plan.Fractions.Select((fraction, i) => Statistics.Accuracies($"{Percent(fraction)} of the labels", seeds, clips.Test.Labels, predictions[i]))],
            Accuracy.Confusion(clips.Test.Labels, predictions[0][0], input.Classes));
    }

    /// <exception cref="InputException">The part is empty.</exception>
    internal ClipSide Draw(ClipSide train, double fraction, long seed)
    {
        var rows = stratified
            ? Enumerable.Range(0, train.Labels.Length).GroupBy(row => train.Labels[row])
                .SelectMany(rows => Shuffled([.. rows], seed, (ulong)rows.Key).Take(Math.Max(1, (int)Math.Round(fraction * rows.Count()))))
            : Shuffled([.. Enumerable.Range(0, train.Labels.Length)], seed, ulong.MaxValue).Take((int)(fraction * train.Labels.Length));
        int[] chosen = [.. rows.Order()];
        return chosen.Length > 0 ? train.Select(chosen)
            : throw new InputException($"Protocol {Name}: {Percent(fraction)} of {train.Labels.Length} training clips is less than one clip; set larger parts in evaluation.semi_supervised.fractions.");
    }

    static int[] Shuffled(int[] rows, long seed, ulong stream)
    {
        var random = EvaluationStream.Labels.Random(seed, stream);
        random.Shuffle(rows.AsSpan());
        return rows;
    }

    static string Percent(double fraction) => FormattableString.Invariant($"{100 * fraction:0.##} %");
}
