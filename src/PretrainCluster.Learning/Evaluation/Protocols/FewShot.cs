using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Numerics;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// n labelled exemplars of each class, drawn by seed from the training side, classify the test side: by the nearest exemplar, or by the
/// nearest class mean (Snell et al., "Prototypical networks", NeurIPS 2017) of L2-normalised features; cosine in both. On the classes that
/// pretraining did not see, where the plan holds some out, else on all. 100 draws; the draws of n = 1 are the first exemplars of n = 5.
/// </summary>
public sealed class FewShot : IEvaluationProtocol
{
    const int Draws = 100;
    static readonly int[] Shots = [1, 5];

    public string Name => "few-shot";
    public int Version => 1;
    public string Summary => "1 and 5 exemplars a class, nearest exemplar and class mean, 100 draws, on held-out classes where there are any";
    public ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;

    public ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var classes = input.NovelClasses.Count > 0 ? input.NovelClasses.Distinct().Order().ToArray() : [.. Enumerable.Range(0, input.Classes)];
        var support = input.Features.Train.Normalized();
        var rowsOf = Enumerable.Range(0, support.Clips).ToLookup(row => support.Labels[row]);
        foreach (var label in classes)
        {
            if (rowsOf[label].Count() < Shots[^1])
                throw new InputException($"Protocol {Name}: class {input.NameOf(label)} has {rowsOf[label].Count()} training clips, {Shots[^1]} exemplars are needed; hold out other classes or leave the protocol out.");
        }
        var test = input.Features.Test.Normalized();
        var queries = test.Select([.. Enumerable.Range(0, test.Clips).Where(row => Array.BinarySearch(classes, test.Labels[row]) >= 0)]);
        if (queries.Clips == 0)
            throw new InputException($"Protocol {Name}: the test side has no clip of the {classes.Length} classes it is about; hold out other classes or leave the protocol out.");

        var seeds = Enumerable.Range(0, Draws).Select(i => input.Seeds[0] + i).ToArray();
        var figures = Shots.SelectMany(n => n == 1 ? new[] { new Figure(n, false) } : [new(n, false), new(n, true)]).ToArray();
        var predicted = new int[figures.Length][][];
        for (var figure = 0; figure < figures.Length; figure++)
        {
            var (shots, classMean) = figures[figure];
            input.Progress?.Invoke(new(Name, figure, figures.Length));
            var ofDraw = predicted[figure] = new int[Draws][];
            input.Lanes.Run(Draws, draw =>
            {
                var exemplars = Draw(support, rowsOf, classes, shots, seeds[draw]);
                var gallery = classMean ? ClassMeans(exemplars, classes, shots) : exemplars;
                ofDraw[draw] = [.. NearestRows.ByCosine(gallery).FindNearest(queries).Select(n => gallery.Labels[n])];
            }, cancellation);
        }
        return new(
            $"{(input.NovelClasses.Count > 0 ? $"{classes.Length} classes unseen in pretraining" : $"all {classes.Length} classes")}; exemplars drawn from the training side, "
            + $"{queries.Clips} queries from the test side; L2-normalised features, cosine; {Draws} draws with seeds {seeds[0]} to {seeds[^1]}; with one exemplar it is also the class mean",
            [.. figures.Select((f, i) => Statistics.Summarize(f.Name, seeds, [.. predicted[i].Select(p => Accuracy.Percent(queries.Labels, p))]))],
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
