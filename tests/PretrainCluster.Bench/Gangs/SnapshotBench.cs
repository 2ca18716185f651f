using System.CommandLine;
using System.Diagnostics;
using PretrainCluster.Azurite;
using PretrainCluster.Core.Plans;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Gang;
using PretrainCluster.Training.Runs;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Bench.Gangs;

/// <summary>`bench snapshot`: how long a snapshot holds the training thread, beside a copy of as many bytes; hashing and the upload to Azurite go on behind it.</summary>
static class SnapshotBench
{
    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Description = "the plan whose state is kept", DefaultValueFactory = _ => new FileInfo("configs/ntu60-xsub/mamp.yaml") };
        var times = new Option<int>("--times") { Description = "snapshots", DefaultValueFactory = _ => 9 };
        var command = new Command("snapshot", "Milliseconds that a snapshot holds the training thread, against a memcpy of the same bytes") { plan, times };
        command.SetAction(async (parse, _) => await RunAsync(parse.InvocationConfiguration.Output, parse.GetValue(plan)!.FullName, parse.GetValue(times)));
        return command;
    }

    static async Task RunAsync(TextWriter output, string path, int times)
    {
        var root = Directory.CreateTempSubdirectory("pretrain-bench-").FullName;
        await using var azurite = AzuriteServer.Missing is null ? await AzuriteServer.StartAsync() : null;
        if (azurite is not null)
            Environment.SetEnvironmentVariable("AZURE_STORAGE_CONNECTION_STRING", azurite.ConnectionString);
        else
            output.WriteLine($"the store is a folder: {AzuriteServer.Missing}");
        var data = Path.Combine(root, "data");
        new SkeletonSynthesizer(new SynthesisOptions { Clips = 60 }).WriteTo(data, new DatasetWriterOptions());
        using var dataset = SkeletonDataset.Open(data);
        var plan = PlanText.Read(path,
        [
            "name=snapshot", $"data.dataset={data}", $"data.shape.clips={dataset.Split("xsub").Train.Count}", $"data.shape.persons={dataset.Persons}", $"data.shape.joints={dataset.Joints}",
            "training.batch.clips=4", "training.batch.micro_batches=1", $"checkpoints.store={(azurite is null ? Path.Combine(root, "store") : AzuriteServer.Location("bench", "snapshots"))}",
        ]);
        using (var trainer = new Trainer(plan, new ClipShape(dataset.Persons, plan.View.Frames, dataset.Joints), lanes: 1, CPU))
        {
            var buffer = new StateBuffer(trainer);
            var (holds, copies, stored) = (new List<double>(), new List<double>(), new List<double>());
            var copy = GC.AllocateArray<byte>(buffer.Memory.Length, pinned: true);
            using (var writer = new SnapshotWriter(new RunCheckpoints(plan, RunFolder.At(Path.Combine(root, "runs"), plan.Name), dataset), buffer, written => stored.Add(written.Seconds), output.WriteLine))
            {
                buffer.Fill();
                for (var step = 1; step <= times; step++)
                {
                    var began = Stopwatch.GetTimestamp();
                    buffer.Memory.Span.CopyTo(copy);
                    copies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                    began = Stopwatch.GetTimestamp();
                    writer.TryBegin(1, new CheckpointProgress(step, 0, null, []));
                    holds.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                    writer.Settle();
                }
            }
            output.WriteLine($"{buffer.Memory.Length / 1e6:0.0} MB of state, {trainer.Parameters / 1e6:0.0} M weights; medians of {times}:");
            output.WriteLine($"the training thread is held for {Timing.Median(holds):0.0} ms; a memcpy of the bytes takes {Timing.Median(copies):0.0} ms; ratio {Timing.Median(holds) / Timing.Median(copies):0.00}");
            output.WriteLine($"behind it, {Timing.Median(stored):0.0} s until the checkpoint is in {(azurite is null ? "a folder" : "Azurite")}");
        }
        Directory.Delete(root, recursive: true);
    }
}
