using PretrainCluster.Skeletons.Import;
using PretrainCluster.Skeletons.Synthesis;

namespace PretrainCluster.Cli.Data;

/// <summary><c>pretrain data synthesize</c>: labelled motions of an articulated skeleton, for trying things where no data is at hand.</summary>
static class SynthesizeCommand
{
    static readonly SynthesisOptions Defaults = new();

    static readonly Option<string> To = new("--to") { Description = "folder of the dataset to make", HelpName = "DATASET", Required = true };
    static readonly Option<int> Clips = Option("--clips", "how many clips", Defaults.Clips);
    static readonly Option<int> Subjects = Option("--subjects", "how many subjects; every third is on the test side of split xsub", Defaults.Subjects);
    static readonly Option<int> Views = Option("--views", "how many cameras; the first is on the test side of split xview", Defaults.Cameras);
    static readonly Option<string> Frames = Option("--frames", "length of a clip: one number, or shortest-longest", $"{Defaults.MinFrames}-{Defaults.MaxFrames}");
    static readonly Option<ulong> Seed = Option("--seed", "same seed, same dataset", Defaults.Seed);
    static readonly Option<double> Noise = Option("--noise", "standard deviation of the sensor's noise in metres", Defaults.Noise);
    static readonly Option<double> Occlusion = Option("--occlusion", "chance that a limb is occluded for part of a clip", Defaults.Occlusion);
    static readonly Option<double> Facing = Option("--facing", "degrees to either side that a body may turn from its camera", Defaults.Facing);
    static readonly Option<double> SubjectVariation = Option("--subject-variation", "how differently subjects are built and move", Defaults.SubjectVariation);
    static readonly Option<double> StanceVariation = Option("--stance-variation", "how differently a body stands and holds its limbs from clip to clip", Defaults.StanceVariation);
    static readonly Option<double> MotionVariation = Option("--motion-variation", "how differently a motion is repeated", Defaults.MotionVariation);
    static readonly Option<double> Distraction = Option("--distraction", "movement that has nothing to do with the class", Defaults.Distraction);
    static readonly Option<bool> Force = new("--force") { Description = "replace a dataset that is already there" };

    public static Command Create()
    {
        var command = new Verb("synthesize", "makes a dataset of labelled motions of an articulated skeleton")
        {
            Group = VerbGroup.Data,
            Examples =
            [
                new("pretrain data synthesize --to data/synthetic", $"{Defaults.Clips} clips of {SkeletonSynthesizer.Classes.Count} classes"),
                new("pretrain data synthesize --clips 5000 --frames 60 --noise 0.02 --seed 7 --to data/noisy", "more clips, all of one length, from a worse sensor"),
            ],
        };
        foreach (var option in new Option[] { To, Clips, Subjects, Views, Frames, Seed, Noise, Occlusion, Facing, SubjectVariation, StanceVariation, MotionVariation, Distraction, Force })
            command.Add(option);
        command.SetAction((parse, cancellation) => Task.FromResult(Run(parse, cancellation)));
        return command;
    }

    static int Run(ParseResult parse, CancellationToken cancellation)
    {
        var folder = parse.GetRequiredValue(To);
        DatasetFolder.RefuseExisting(folder, parse.GetValue(Force));
        var (shortest, longest) = Range(parse.GetRequiredValue(Frames));
        var options = new SynthesisOptions
        {
            Seed = parse.GetValue(Seed),
            Clips = parse.GetValue(Clips),
            Subjects = parse.GetValue(Subjects),
            Cameras = parse.GetValue(Views),
            MinFrames = shortest,
            MaxFrames = longest,
            Noise = parse.GetValue(Noise),
            Occlusion = parse.GetValue(Occlusion),
            Facing = parse.GetValue(Facing),
            SubjectVariation = parse.GetValue(SubjectVariation),
            StanceVariation = parse.GetValue(StanceVariation),
            MotionVariation = parse.GetValue(MotionVariation),
            Distraction = parse.GetValue(Distraction),
        };
        var synthesizer = new SkeletonSynthesizer(options);
        var output = parse.Output();
        var dataset = ProgressLine.Show(output, TimeProvider.System, "synthesizing", progress =>
            synthesizer.WriteTo(folder, new DatasetWriterOptions { Replace = parse.GetValue(Force) }, new Made(progress, options.Clips), cancellation));

        output.WriteLine($"{folder}: {Numbers.Count(dataset.Clips)} clips, {Numbers.Count(dataset.Frames)} frames, {dataset.Classes.Count} classes, {dataset.Subjects.Count} subjects, layout {dataset.Layout.Name}");
        foreach (var split in dataset.Splits)
            output.WriteLine($"  split {split.Name}: {Numbers.Count(split.Train)} train, {Numbers.Count(split.Test)} test ({split.Rule})");
        return Entry.Done;
    }

    static (int Shortest, int Longest) Range(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && ends.All(end => int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            ? (Number(ends[0]), Number(ends[^1]))
            : throw new InputException($"--frames {text}: expected one number, or shortest-longest such as 40-100.");
    }

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    static Option<T> Option<T>(string name, string description, T standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    sealed class Made(IProgress<ImportProgress> progress, long total) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new ImportProgress(value, total, 0));
    }
}
