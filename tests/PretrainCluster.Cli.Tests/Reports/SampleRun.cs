using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Tests.Reports;

/// <summary>A run as one of UTD-MHAD leaves it behind: noisy loss with a warm-up, two protocols, confusion, embeddings, events.</summary>
static class SampleRun
{
    public const int Steps = 840, Epochs = 60, Clips = 430, TestClips = 431;

    public static readonly DateTimeOffset Started = new(2026, 3, 4, 9, 30, 0, TimeSpan.Zero);

    static readonly IReadOnlyList<string> Classes = UtdMhadClasses.All;

    public static RunInfo Info { get; } = new()
    {
        Name = "utd-mhad-mae-small",
        Status = RunStatus.Finished,
        PlanSha256 = new string('a', 64),
        DatasetSha256 = new string('d', 64),
        Step = Steps,
        Steps = Steps,
        Epochs = Epochs,
        Parameters = 1_214_732,
        Started = Started,
        Ended = Started.AddMinutes(24),
        Seconds = 1432,
        WeightsSha256 = "3f9c2b1e7a" + new string('5', 54),
        Machine = new MachineFacts("AMD EPYC 9B14", 2, 23.5, "Debian GNU/Linux 12", ".NET 10.0.1", "libtorch 1.13.1, OpenBLAS 0.3.21", "cpu", 2),
    };

    /// <summary>The same run in two stages of equal length.</summary>
    public static RunInfo Staged { get; } = Info with { Stages = [new(1, "masked", 1, Steps / 2, 40, 32), new(2, "tuning", Steps / 2 + 1, Steps, 20, 32)] };

    public static IEnumerable<StepMetrics> StagedMetrics() => Metrics().Select(metrics => metrics with { Stage = Staged.StageOf(metrics.Step)!.Name });

    public static IEnumerable<StepMetrics> Metrics(int steps = Steps)
    {
        var random = new Random(1);
        for (var step = 1; step <= steps; step++)
        {
            var done = step / (double)steps;
            var loss = 0.12 + 0.86 * Math.Exp(-6 * done) + 0.025 * (random.NextDouble() - 0.5) * (1 + 3 * Math.Exp(-8 * done));
            var rate = done < 0.1 ? 5e-4 * done / 0.1 : 2.5e-4 * (1 + Math.Cos(Math.PI * (done - 0.1) / 0.9));
            yield return new StepMetrics(step, done * Epochs, loss, rate, 0.3 + 2 * Math.Exp(-5 * done) + 0.2 * random.NextDouble(), 17.5 + 1.5 * random.NextDouble(), step * 1432.0 / steps);
        }
    }

    public static IEnumerable<RunEvent> Events()
    {
        yield return new RunEvent(Started, 0, RunEventKind.Started, $"{Clips} clips, {Steps} steps of 32 clips");
        yield return new RunEvent(Started.AddMinutes(8), 280, RunEventKind.Checkpoint, "manifest 4b1d");
        yield return new RunEvent(Started.AddMinutes(12), 420, RunEventKind.Interrupted, "Ctrl-C; the same command goes on");
        yield return new RunEvent(Started.AddMinutes(13), 420, RunEventKind.Resumed, "from step 420");
        yield return new RunEvent(Started.AddMinutes(24), Steps, RunEventKind.Finished, "weights 3f9c2b1e7a55");
    }

    public static IEnumerable<EvaluationResult> Evaluations()
    {
        foreach (var (encoder, digest, accuracy) in new[] { ("random weights", "9e", 52.8), ("pretrained", "3f9c2b1e7a", 67.2) })
        {
            var weights = digest + new string('5', 64 - digest.Length);
            yield return Result("linear", encoder, weights, "learning rate chosen on one held-out training subject", [Figure("accuracy", accuracy, 3)], Confusion(accuracy));
            yield return Result("knn", encoder, weights, "cosine similarity, no training", [Figure("k = 1", accuracy - 9, 1), Figure("k = 2", accuracy - 10, 1), Figure("k = 5", accuracy - 8, 1), Figure("k = 10", accuracy - 8.5, 1)], Confusion(accuracy - 9));
            yield return Result("few-shot", encoder, weights, "100 seeded draws of exemplars", [Figure("1-shot nearest exemplar", accuracy - 24, 100), Figure("5-shot class mean", accuracy - 11, 100)], null);
        }
    }

    public static IEnumerable<EmbeddingMap> Embeddings()
    {
        foreach (var (encoder, spread) in new[] { ("random weights", 6.0), ("pretrained", 2.4) })
        {
            var random = new Random(7);
            var points = new List<float[]>();
            var labels = new List<int>();
            for (var clip = 0; clip < TestClips; clip++)
            {
                var label = clip % Classes.Count;
                var (angle, ring) = (label * 2.399, 3 * Math.Sqrt(label));
                points.Add([(float)(ring * Math.Cos(angle) + spread * Gaussian(random)), (float)(ring * Math.Sin(angle) + spread * Gaussian(random))]);
                labels.Add(label);
            }

            yield return new EmbeddingMap(encoder, "t-SNE, perplexity 30, seed 1", points, labels, Classes);
        }
    }

    public static DatasetDescription Dataset { get; } = new()
    {
        Format = DatasetDescription.CurrentFormat,
        Version = DatasetDescription.CurrentVersion,
        Name = "utd-mhad",
        Layout = JointLayouts.UtdMhad,
        Persons = 1,
        Coordinates = CoordinateType.Float32,
        Clips = 861,
        Frames = 58_354,
        ShortestClip = 41,
        LongestClip = 125,
        Preprocessing = "none (as in the source)",
        Classes = [.. Classes.Select(c => new ClassDescription(c, 32))],
        Subjects = [],
        Views = [],
        Setups = [],
        Splits = [new SplitDescription("xsub", 430, 431, "as the source's arrays say")],
        Sources = [],
        Defects = [new SampleDefect("train 17", DefectKind.Skipped, "no frame in which a person is seen")],
        Shards = [],
        SplitFile = new FileDescription("splits.safetensors", 1, new string('e', 64)),
    };

    public const string Plan =
        """
        name: utd-mhad-mae-small
        seed: 1
        data:
          dataset: data/utd-mhad
          split: xsub
        view:
          frames: 64
        encoder: { patch_frames: 4, width: 128, depth: 4, heads: 4 }
        objective:
          kind: masked_coordinates
          mask_ratio: 0.8
          decoder: { depth: 2 }
        training:
          epochs: 60
          batch: { clips: 32, micro_batches: 4 }
          optimizer: { learning_rate: 5.0e-4, warmup_epochs: 6 }
        evaluation:
          protocols: [linear, knn, few-shot]
        """;

    /// <summary>Writes the run under <paramref name="runs"/> as training and evaluation would.</summary>
    public static RunFolder Write(string runs, bool evaluated = true, int steps = Steps)
    {
        var folder = RunFolder.At(runs, Info.Name);
        folder.WriteInfo(Info);
        folder.WritePlan(Plan);
        using (var metrics = folder.AppendMetrics())
            foreach (var step in Metrics(steps))
                metrics.Append(step);
        using (var events = folder.AppendEvents())
            foreach (var runEvent in Events())
                events.Append(runEvent);
        if (!evaluated)
            return folder;

        foreach (var result in Evaluations())
            folder.WriteEvaluation(result);
        foreach (var map in Embeddings())
            folder.WriteEmbedding(map);
        return folder;
    }

    public static EvaluationResult Result(string protocol, string encoder, string weights, string description, IReadOnlyList<Measurement> figures, int[][]? confusion) => new()
    {
        Protocol = protocol,
        Version = 1,
        Description = description,
        Encoder = encoder,
        WeightsSha256 = weights,
        Checkpoint = encoder == "pretrained" ? new string('c', 64) : null,
        Dataset = "utd-mhad",
        DatasetSha256 = new string('d', 64),
        Split = "xsub",
        TrainClips = Clips,
        TestClips = TestClips,
        Measurements = figures,
        Confusion = confusion,
        ClassNames = Classes,
        Seconds = 12.4,
    };

    public static Measurement Figure(string name, double mean, int seeds)
    {
        var values = Enumerable.Range(0, seeds).Select(i => mean + 1.4 * Math.Sin(i * 2.0)).ToList();
        return new Measurement(name, [.. Enumerable.Range(1, seeds).Select(i => (long)i)], values, values.Average(), seeds > 1 ? 1.7 : 0);
    }

    static int[][] Confusion(double accuracy)
    {
        var random = new Random(3);
        var counts = Classes.Select(_ => new int[Classes.Count]).ToArray();
        for (var clip = 0; clip < TestClips; clip++)
        {
            var truth = clip % Classes.Count;
            var near = (truth + (random.Next(2) == 0 ? 1 : Classes.Count - 1)) % Classes.Count;
            counts[truth][random.NextDouble() * 100 < accuracy ? truth : random.Next(3) > 0 ? near : random.Next(Classes.Count)]++;
        }

        return counts;
    }

    static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
