using System.CommandLine;
using System.Diagnostics;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Azurite;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Gang;
using PretrainCluster.Training.Runs;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Bench;

/// <summary>`bench snapshot`: how long a snapshot holds the training thread, beside a memcpy of the same bytes, and what its upload costs the steps beside it.</summary>
static class SnapshotBench
{
    const string ConnectionString = "AZURE_STORAGE_CONNECTION_STRING";

    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Description = "the plan whose state is snapshotted", DefaultValueFactory = _ => new FileInfo("configs/ntu60-xsub/mamp.yaml") };
        var times = new Option<int>("--times") { Description = "snapshots", DefaultValueFactory = _ => 20 };
        var store = new Option<string?>("--store") { Description = "store to write to; by default an Azurite that is started for it, or a folder where there is none", HelpName = "STORE" };
        var command = new Command("snapshot", "Milliseconds that a snapshot holds the training thread, beside a memcpy; steps while it is uploaded") { plan, times, store };
        command.SetAction(async parse => await RunAsync(parse.InvocationConfiguration.Output, PlanText.Read(parse.GetValue(plan)!.FullName, Methods.BuiltIn), parse.GetValue(times), parse.GetValue(store)));
        return command;
    }

    static async Task RunAsync(TextWriter output, Plan plan, int times, string? store)
    {
        var folder = Directory.CreateTempSubdirectory("pretrain-bench-").FullName;
        await using var azurite = store is null && AzuriteServer.Missing is null ? await AzuriteServer.StartAsync() : null;
        try
        {
            if (azurite is not null)
                Environment.SetEnvironmentVariable(ConnectionString, azurite.ConnectionString);
            var place = store ?? (azurite is null ? Path.Combine(folder, "store") : AzuriteServer.Location("bench"));
            if (store is null && azurite is null)
                output.WriteLine($"not to blob storage: {AzuriteServer.Missing}");
            Measure(output, plan with { Name = "bench", Checkpoints = plan.Checkpoints with { Store = place, Keep = 1 } }, new RunFolder(Path.Combine(folder, "bench")), times, Stores.IsElsewhere(place) ? "blob storage" : "a folder");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static void Measure(TextWriter output, Plan plan, RunFolder folder, int times, string place)
    {
        var shape = plan.Data.Shape ?? throw new InputException("The plan's data.shape is needed here.");
        using var trainer = new Trainer(plan, new ClipShape(shape.Persons, plan.View.Frames, shape.Joints), 1, CPU);
        var buffer = new StateBuffer(trainer);
        var (source, target) = (GC.AllocateArray<byte>(buffer.Memory.Length, pinned: true), GC.AllocateArray<byte>(buffer.Memory.Length, pinned: true));
        Array.Fill(source, (byte)1);
        source.CopyTo(target, 0);
        using var step = new TrainingStep(plan, shape.Joints, batch: 1, lanes: 1);
        step.Run();

        // The C library copies a large block past the caches, and tensors of a few megabytes through them, which costs more: what a snapshot could reach is the second.
        int[] sizes = [.. buffer.Weights.Concat(buffer.Optimizer).Concat(buffer.Objective).Select(tensor => tensor.Data.Length)];
        var (copies, pieces, holds, uploads, alone, beside) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        var failures = new List<string>();
        using (var writer = new SnapshotWriter(new RunCheckpoints(plan, folder, new string('0', 64)), () => buffer, written => uploads.Add(written.Seconds), failures.Add))
        {
            for (var number = 0; number < times; number++)
            {
                Change(trainer);
                copies.Add(Seconds(() => source.CopyTo(target, 0)));
                pieces.Add(Seconds(() => CopyInPieces(source, target, sizes)));
                holds.Add(Seconds(() => writer.Begin(1, new CheckpointProgress(number + 1, number, null, []))));
                while (writer.Busy)
                {
                    var seconds = Seconds(step.Run);
                    if (writer.Busy)
                        beside.Add(seconds);
                }
                alone.Add(Seconds(step.Run));
            }
        }
        if (failures is [var failure, ..])
            throw new IOException(failure);

        output.WriteLine($"{trainer.Objective.Trained.Sum(weight => weight.Parameter.numel()):N0} parameters, {buffer.Memory.Length / 1e6:0.0} MB of state, {times} snapshots to {place}; medians (longest)");
        output.WriteLine($"memcpy of the same bytes      {Text(copies)} ms");
        output.WriteLine($"the same, tensor by tensor    {Text(pieces)} ms");
        output.WriteLine($"training thread held          {Text(holds)} ms, {Timing.Median(holds) / Timing.Median(copies):0.00} times the memcpy, {Timing.Median(holds) / Timing.Median(pieces):0.00} times that of tensor by tensor");
        output.WriteLine($"hashed, stored and retained   {Text(uploads)} ms, behind the training");
        output.WriteLine($"a step without a snapshot     {Text(alone)} ms");
        output.WriteLine(beside.Count == 0 ? "no step fitted into the time that a snapshot was being stored" : $"a step while one is stored    {Text(beside)} ms, {beside.Count} steps");

        static string Text(List<double> seconds) => $"{1000 * Timing.Median(seconds),8:0.0} ({1000 * seconds.Max():0.0})";
    }

    static void CopyInPieces(byte[] source, byte[] target, int[] sizes)
    {
        var offset = 0;
        foreach (var size in sizes)
        {
            source.AsSpan(offset, size).CopyTo(target.AsSpan(offset));
            offset += size;
        }
    }

    // Equal parts are not stored again.
    static void Change(Trainer trainer)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        trainer.Objective.Weights[0].Parameter.add_(1e-3);
        trainer.Optimizer.State[0].Value.add_(1);
    }

    static double Seconds(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
