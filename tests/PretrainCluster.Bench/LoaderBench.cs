using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Skeletons.Views;
using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Bench;

/// <summary>
/// `bench loader`: training views a second and core, beside the public feeder. `bench loader --clips N`: what opening and reading a dataset of N clips costs.
/// </summary>
static class LoaderBench
{
    const int Frames = 200, Persons = 2, ViewFrames = 120, PoolClips = 256;

    public static Command Command()
    {
        var seconds = new Option<double>("--seconds") { Description = "time for each figure", DefaultValueFactory = _ => 3 };
        var clips = new Option<long?>("--clips") { Description = "write a dataset of so many clips (8 frames, float16) instead, and measure opening and random reads" };
        var folder = new Option<string>("--folder") { Description = "where datasets are written, and deleted again", DefaultValueFactory = _ => Path.GetTempPath() };
        var measure = new Option<string?>("--measure") { Description = "a dataset to measure in this process", Hidden = true };
        var command = new Command("loader", "Clips a second from a shard to a view; cost of large datasets") { seconds, clips, folder, measure };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration.Output;
            if (parse.GetValue(measure) is { } dataset)
                MeasureOpening(output, dataset);
            else
                InFolder(parse.GetRequiredValue(folder), work =>
                {
                    if (parse.GetValue(clips) is { } count)
                        MeasureSizes(output, work, count);
                    else
                        MeasureViews(output, work, parse.GetValue(seconds));
                });
        });
        return command;
    }

    static void MeasureViews(TextWriter output, string work, double seconds)
    {
        output.WriteLine($"{Persons} persons, {Frames} frames, 25 joints -> random crop of half to all, resize to {ViewFrames}, random rotation; one thread");
        var best = 0.0;
        foreach (var coordinates in Enum.GetValues<CoordinateType>())
        {
            var path = Path.Combine(work, coordinates.ToString());
            WriteTwoPersons(path, coordinates);
            using var dataset = SkeletonDataset.Open(path);
            var maker = new ViewMaker(dataset, new ViewPlan { Frames = ViewFrames, Augment = [new Rotation.Settings()] });
            var view = new float[maker.Length];
            var rate = Rate(seconds, number => maker.MakeTraining(number % PoolClips, new CounterRandom(1, RandomPurpose.View, (ulong)number), view));
            var reading = new float[Frames * Persons * 25 * 3];
            var readRate = Rate(seconds / 2, number => dataset.ReadFrames(number % PoolClips, 0, Frames, reading));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  from a {coordinates.ToString().ToLowerInvariant()} shard: {rate:N0} clips/s ({1e6 / rate:0.0} us each; reading all frames alone {1e6 / readRate:0.0} us)"));
            best = Math.Max(best, rate);
        }
        var (feeder, missing) = LoaderPeer.Measure(work, seconds, Frames, ViewFrames, PoolClips);
        output.WriteLine(feeder is { } peer
            ? string.Create(CultureInfo.InvariantCulture, $"  public feeder (MAMP, feeder_ntu.py, torch {peer.Torch}): {peer.ClipsPerSecond:N0} clips/s; here {best / peer.ClipsPerSecond:0.0} times as many")
            : $"  public feeder not measured: {missing}");
    }

    static void WriteTwoPersons(string path, CoordinateType coordinates)
    {
        var synthesizer = new SkeletonSynthesizer(new() { MinFrames = Frames, MaxFrames = Frames });
        using var writer = new DatasetWriter(path, new("bench", JointLayouts.KinectV2, Persons, SkeletonSynthesizer.Classes, "synthesized", coordinates));
        for (var i = 0; i < PoolClips; i++)
        {
            var (first, second) = (synthesizer.Generate(2 * i), synthesizer.Generate(2 * i + 1));
            var both = new float[2 * first.Positions.Length];
            for (var frame = 0; frame < Frames; frame++)
            {
                first.Positions.AsSpan(frame * 75, 75).CopyTo(both.AsSpan(frame * 150));
                second.Positions.AsSpan(frame * 75, 75).CopyTo(both.AsSpan(frame * 150 + 75));
            }
            writer.Add(first with { Persons = Persons, Positions = both });
        }
        writer.Commit();
    }

    static void MeasureSizes(TextWriter output, string work, long clips)
    {
        foreach (var count in new[] { Math.Max(1, clips / 100), clips })
        {
            var path = Path.Combine(work, count.ToString(CultureInfo.InvariantCulture));
            var began = Stopwatch.GetTimestamp();
            WriteShort(path, count);
            var bytes = new DirectoryInfo(path).EnumerateFiles().Sum(file => file.Length);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count:N0} clips of 8 frames, {bytes / 1048576.0:N0} MiB, written in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Arguments(path)) { RedirectStandardOutput = true })
                ?? throw new InvalidOperationException("The measuring process did not start.");
            output.Write(child.StandardOutput.ReadToEnd());
            child.WaitForExit();
            Directory.Delete(path, recursive: true);
        }
    }

    static IEnumerable<string> Arguments(string path)
    {
        // `dotnet PretrainCluster.Bench.dll` and the program's own host both come here.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            yield return typeof(LoaderBench).Assembly.Location;
        yield return "loader";
        yield return "--measure";
        yield return path;
    }

    static void WriteShort(string path, long count)
    {
        var synthesizer = new SkeletonSynthesizer(new() { MinFrames = 8, MaxFrames = 8 });
        var pool = Enumerable.Range(0, 1024).Select(number => synthesizer.Generate(number)).ToArray();
        using var writer = new DatasetWriter(path, new("bench", JointLayouts.KinectV2, 1, SkeletonSynthesizer.Classes, "synthesized", CoordinateType.Float16));
        for (long i = 0; i < count; i++)
            writer.Add(pool[i % pool.Length] with { Name = string.Create(CultureInfo.InvariantCulture, $"{i:D9}") });
        writer.AddSplit("half", [.. Range(0, count / 2)], [.. Range(count / 2, count)]);
        writer.Commit();

        static IEnumerable<long> Range(long start, long end)
        {
            for (var i = start; i < end; i++)
                yield return i;
        }
    }

    static void MeasureOpening(TextWriter output, string path)
    {
        var before = ResidentBytes();
        var began = Stopwatch.GetTimestamp();
        using var dataset = SkeletonDataset.Open(path);
        var half = dataset.Split("half").Train;
        var opened = Stopwatch.GetElapsedTime(began);
        var afterOpening = ResidentBytes();
        var values = new float[dataset.Description.LongestClip * dataset.Joints * 3];
        var random = new CounterRandom(1, RandomPurpose.SamplingOrder);
        const int Reads = 200_000;
        began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Reads; i++)
        {
            var sample = half[random.Next(half.Count)];
            dataset.ReadFrames(sample, 0, dataset.Frames(sample), values);
        }
        var reading = Stopwatch.GetElapsedTime(began);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  opened in {opened.TotalMilliseconds:0} ms, resident memory +{(afterOpening - before) / 1048576.0:0.0} MiB; {Reads:N0} random reads at {reading.TotalMicroseconds / Reads:0.0} us, resident memory +{(ResidentBytes() - afterOpening) / 1048576.0:0.0} MiB more"));
    }

    static long ResidentBytes()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>Calls a second, after a tenth of the time to warm up.</summary>
    static double Rate(double seconds, Action<long> work)
    {
        Run(seconds / 10, work);
        return Run(seconds, work);

        static double Run(double seconds, Action<long> work)
        {
            var began = Stopwatch.GetTimestamp();
            long done = 0;
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
            {
                for (var i = 0; i < 64; i++)
                    work(done++);
            }
            return done / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    static void InFolder(string parent, Action<string> work)
    {
        var folder = Path.Combine(parent, $"pretrain-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            work(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
