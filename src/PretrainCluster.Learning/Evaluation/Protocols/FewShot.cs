using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// n labelled exemplars of each class, drawn by seed from the training side, classify the test side: by the nearest exemplar, or by the
/// nearest class mean (Snell et al., "Prototypical networks", NeurIPS 2017) of L2-normalised features; cosine in both. On the classes that
/// pretraining did not see, where some are named, else on all. 100 draws; the exemplars of a smaller n are the first ones of a larger n.
/// </summary>
[Kind(
    "few-shot", "1, 2, 5 and 10 exemplars a class, nearest exemplar and class mean, 100 draws, on novel classes where there are any")]
public sealed record FewShot : EvaluationProtocol
{
    public override int Version => 3;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;
    public override bool OnNovelClasses => true;

    public override string? Settings(EvaluationPlan plan) => SectionSettings.Of(plan.FewShot);

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var (shots, draws) = (input.Settings.FewShot.Shots, input.Settings.FewShot.Draws);
        var classes = input.NovelClasses.Count > 0 ? input.NovelClasses.Distinct().Order().ToArray() : [.. Enumerable.Range(0, input.Classes)];
        var support = input.Features.Train.Normalized();
        var rowsOf = Enumerable.Range(0, support.Clips).ToLookup(row => support.Labels[row]);
        foreach (var label in classes)
        {
            if (rowsOf[label].Count() < shots[^1])
                throw new InputException($"Protocol {Name}: class {input.NameOf(label)} has {rowsOf[label].Count()} training clips, {shots[^1]} exemplars are needed; name other classes as novel, or set fewer in evaluation.few_shot.shots.");
        }
        var test = input.Features.Test.Normalized();
        var queries = test.OfClasses(classes);
        if (queries.Clips == 0)
            throw new InputException($"Protocol {Name}: the test side has no clip of the {classes.Length} classes it is about; name other classes as novel, or leave the protocol out.");

        var seeds = Enumerable.Range(0, draws).Select(i => input.Seeds[0] + i).ToArray();
        var figures = shots.SelectMany(n => n == 1 ? new[] { new Figure(n, false) } : [new(n, false), new(n, true)]).ToArray();
        var predicted = new int[figures.Length][][];
        for (var figure = 0; figure < figures.Length; figure++)
        {
            var (count, classMean) = figures[figure];
            input.Progress?.Invoke(new(Name, figure, figures.Length));
            var ofDraw = predicted[figure] = new int[draws][];
            input.Lanes.Run(draws, draw =>
            {
                var exemplars = Draw(support, rowsOf, classes, count, seeds[draw]);
                var gallery = classMean ? ClassMeans(exemplars, classes, count) : exemplars;
                ofDraw[draw] = [.. NearestRows.Nearest(gallery, queries).Select(n => gallery.Labels[n])];
            }, cancellation);
        }
        return new(
            $"{(input.NovelClasses.Count > 0 ? $"{classes.Length} classes unseen in pretraining" : $"all {classes.Length} classes")}; exemplars drawn from the training side, "
            + $"{queries.Clips} queries from the test side; L2-normalised features, cosine; {draws} draws with seeds {seeds[0]} to {seeds[^1]}; with one exemplar it is also the class mean",
            [.. figures.Select((f, i) => Statistics.Accuracies(f.Name, seeds, queries.Labels, predicted[i]))],
            Accuracy.Confusion(queries.Labels, predicted[0][0], input.Classes));
    }

    /// <summary>Exemplars class after class, so that equal similarities go to the smallest class.</summary>
    static FeatureSet Draw(FeatureSet support, ILookup<int, int> rowsOf, int[] classes, int shots, long seed)
    {
        var chosen = new List<int>(classes.Length * shots);
        foreach (var label in classes)
        {
            var rows = rowsOf[label].ToArray();
            var random = EvaluationStream.Exemplars.Random(seed, (ulong)label);
            random.Shuffle(rows.AsSpan());
            chosen.AddRange(rows[..shots]);
        }
        return support.Select(chosen);
    }

    static FeatureSet ClassMeans(FeatureSet exemplars, int[] classes, int shots)
    {
        var width = exemplars.Width;
        var means = new float[classes.Length * width];
        for (var clip = 0; clip < exemplars.Clips; clip++)
        {
            var row = exemplars.Row(clip);
            for (var i = 0; i < width; i++)
                means[clip / shots * width + i] += row[i] / shots;
        }
        return new FeatureSet(means, width, classes).Normalized();
    }

    readonly record struct Figure(int Shots, bool ClassMean)
    {
        public string Name => Shots == 1 ? "1-shot" : $"{Shots}-shot {(ClassMean ? "class mean" : "nearest exemplar")}";
    }
}
