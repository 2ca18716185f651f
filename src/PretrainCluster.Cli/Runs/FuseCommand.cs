using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Training.Evaluation;

namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain fuse RUN RUN ...</c>: linear evaluations of several encoders, one a stream, with their scores added.</summary>
public static class FuseCommand
{
    const int FewestStreams = 2, MostStreams = 16, MostSeeds = 1000;

    public static Command Create()
    {
        var names = new Argument<string[]>("CHECKPOINTS") { Description = "two runs or more, or RUN@STEP, all for the same dataset", Arity = new ArgumentArity(FewestStreams, MostStreams) };
        var weights = new Option<string>("--weights") { Description = "factors of the scores, one for each, separated by commas; 1 unless given", HelpName = "NUMBERS" };
        var data = new Option<string>("--data") { Description = "evaluate on this dataset instead of the plans'", HelpName = "DATASET" };
        var split = new Option<string>("--split") { Description = "evaluate on this split instead of the plans'", HelpName = "SPLIT" };
        var seeds = new Option<int?>("--seeds") { Description = "seeds of the linear layers; by default those of the first plan", HelpName = "N" };
        var target = new Option<string>("--out") { Description = "write the result as JSON, with the digests of weights and data", HelpName = "FILE" };
        var runs = RunsOption.Create();
        var command = new Verb("fuse", "late fusion: linear evaluations of several encoders, their scores added")
        {
            Group = VerbGroup.Encoders,
            Examples =
            [
                new("pretrain fuse joint bone motion", "each stream's accuracy and that of all three together"),
                new("pretrain fuse joint bone motion --weights 0.6,0.6,0.4 --out fusion.json", "weighted, and kept"),
            ],
        };
        command.Add(names);
        foreach (var option in new Option[] { weights, data, split, seeds, target, runs })
            command.Add(option);
        var extensions = new ExtensionOption().AddTo(command);
        command.SetAction((parse, cancellation) =>
        {
            var kinds = extensions.Kinds(parse);
            EncoderSource[] sources = [.. parse.GetRequiredValue(names).Select(name => EncoderSource.Find(name, parse.GetRequiredValue(runs), plan: null, kinds))];
            var factors = Weights(parse.GetValue(weights), sources.Length);
            var dataset = parse.GetValue(data) ?? Common(sources, plan => plan.Data.Dataset, "dataset", "--data DATASET");
            var side = parse.GetValue(split) ?? Common(sources, plan => plan.Data.Split, "split", "--split SPLIT");
            var count = parse.GetValue(seeds) ?? sources[0].Plan.Evaluation.Seeds;
            if (count is < 1 or > MostSeeds)
                throw new InputException($"--seeds: a number from 1 to {MostSeeds} is expected, not {count}");
            var result = Fuse(parse.GetRequiredValue(names), sources, factors, dataset, side, [.. Enumerable.Range(1, count).Select(seed => (long)seed)], cancellation);
            Write(result, parse.Output());
            if (parse.GetValue(target) is { } file)
                JsonFile.Write(file, result);
            return Task.FromResult(Entry.Done);
        });
        return command;
    }

    static FusionResult Fuse(string[] names, EncoderSource[] sources, double[] weights, string folder, string split, long[] seeds, CancellationToken cancellation)
    {
        using var dataset = SkeletonDataset.Open(folder);
        using var lanes = new LanePool(Lanes.OfRun(sources[0].Plan));
        var device = ComputeDevice.Named(sources[0].Plan.Workers.Device);
        var streams = new List<FusedEncoder>();
        try
        {
            for (var i = 0; i < sources.Length; i++)
            {
                var (encoder, checkpoint) = sources[i].Load(dataset);
                encoder.to(device);
                streams.Add(new FusedEncoder(names[i], encoder, sources[i].Plan.View, weights[i], checkpoint));
            }
            return LateFusion.Evaluate(streams, new EvaluationClips(dataset, split), seeds, lanes, device, TimeProvider.System, cancellation);
        }
        finally
        {
            foreach (var stream in streams)
                stream.Encoder.Dispose();
        }
    }

    static void Write(FusionResult result, TextWriter output)
    {
        output.WriteLine($"{result.Protocol} v{result.Version} on {result.Dataset}, {result.Split}: {result.TestClips} test clips");
        var table = new TextTable("stream", "checkpoint", "weight", "accuracy").AlignRight(2, 3);
        foreach (var stream in result.Streams)
            table.Add(PlanNames.Of(stream.Stream), stream.Name, stream.Weight.ToString(CultureInfo.InvariantCulture), Numbers.MeanAndInterval(stream.Accuracy));
        table.Add("fused", "", "", Numbers.MeanAndInterval(result.Accuracy));
        table.Write(output);
    }

    static double[] Weights(string? text, int streams)
    {
        if (text is null)
            return [.. Enumerable.Repeat(1.0, streams)];
        var numbers = text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN).ToArray();
        return numbers.Length == streams && numbers.All(number => number is >= 0 and <= 1e6) && numbers.Any(number => number > 0)
            ? numbers
            : throw new InputException($"--weights: {streams} numbers from 0 to 1000000 are expected, one for each checkpoint and not all 0, not \"{text}\"");
    }

    static string Common(EncoderSource[] sources, Func<Plan, string> value, string what, string option)
    {
        var values = sources.Select(source => value(source.Plan)).Distinct().ToList();
        return values.Count == 1 ? values[0] : throw new InputException($"The plans name several {what}s, {string.Join(", ", values)}; say which is evaluated on with {option}");
    }
}
