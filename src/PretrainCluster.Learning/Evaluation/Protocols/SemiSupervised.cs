using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// Fine-tuning (<see cref="FineTuning"/>) on the labels of 1, 5 and 10 % of the training side, five draws each. Uniform as MAMP and CMD draw them: that part of all clips,
/// whatever their classes. Stratified as AimCLR does: that part of each class, rounded, but one clip at least. The clips of a smaller part are among those of a larger one.
/// </summary>
public abstract record SemiSupervised : EvaluationProtocol
{
    [Kind("semi-supervised/uniform", "fine-tune on the labels of 1, 5 and 10 % of the training clips, five draws")]
    public sealed record Uniform : SemiSupervised
    {
        private protected override bool IsStratified => false;
    }

    [Kind("semi-supervised/stratified", "fine-tune on the labels of 1, 5 and 10 % of each class, five draws")]
    public sealed record Stratified : SemiSupervised
    {
        private protected override bool IsStratified => true;
    }

    public override int Version => 1;
    public override ProtocolSubject Subject => ProtocolSubject.TunedEncoder;
    public override bool HasOwnViews => true;

    private protected abstract bool IsStratified { get; }

    public override string? Settings(EvaluationPlan plan)
    {
        var parts = new[] { SectionSettings.Of(plan.SemiSupervised), SectionSettings.Of(plan.FineTune) }.OfType<string>().ToList();
        return parts.Count > 0 ? string.Join(", ", parts) : null;
    }

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
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
            $"labels of {string.Join(", ", plan.Fractions.Select((fraction, i) => $"{Percent(fraction)} ({sizes[i]} clips)"))}, drawn {(IsStratified ? "from each class" : "from all clips")}; "
            + $"{plan.Repeats} draws with seeds {seeds[0]} to {seeds[^1]}; " + FineTuning.Describe(input.Settings.FineTune, input.Labelled.Source!.Blocks),
            [.. plan.Fractions.Select((fraction, i) => Statistics.Accuracies($"{Percent(fraction)} of the labels", seeds, clips.Test.Labels, predictions[i]))],
            Accuracy.Confusion(clips.Test.Labels, predictions[0][0], input.Classes));
    }

    /// <exception cref="InputException">The part is empty.</exception>
    internal ClipSide Draw(ClipSide train, double fraction, long seed)
    {
        var rows = IsStratified
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
