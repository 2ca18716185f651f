using System.Buffers.Binary;
using Google.Protobuf;
using PretrainCluster.Core.Checksums;

namespace PretrainCluster.Training.Runs;

/// <summary>
/// A TensorBoard event file: TFRecord frames (length, masked CRC-32C of it, data, masked CRC-32C of that) around the Event
/// messages that TorchSharp brings along. TorchSharp's SummaryWriter will not do: its steps have 32 bits, its times are
/// whole seconds, and a resumed run would repeat steps in a second file.
/// An event's time is the run's start plus its seconds of training, so a run that was interrupted shows no gap.
/// </summary>
public sealed class TensorBoardWriter : IDisposable
{
    readonly FileStream stream;
    readonly DateTimeOffset started;

    /// <summary>Replaces the folder's event files by one that holds <paramref name="soFar"/>, and goes on from there.</summary>
    public TensorBoardWriter(string folder, DateTimeOffset started, IEnumerable<StepMetrics> soFar)
    {
        this.started = started;
        Directory.CreateDirectory(folder);
        foreach (var old in Directory.EnumerateFiles(folder, "events.out.tfevents.*"))
            File.Delete(old);

        var path = Path.Combine(folder, $"events.out.tfevents.{started.ToUnixTimeSeconds()}.pretrain");
        stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        WriteFrame(new() { WallTime = Seconds(started), FileVersion = "brain.Event:2" });
        foreach (var metrics in soFar)
            Write(metrics);
        stream.Flush();
    }

    /// <summary>Writes a step; each stage has curves of its own, STAGE/loss and so on.</summary>
    public void Write(StepMetrics metrics)
    {
        var stage = metrics.Stage is { } name ? name + "/" : "";
        Write(metrics.Step, metrics.Seconds,
        [
            (stage + "loss", metrics.Loss),
            (stage + "learning_rate", metrics.LearningRate),
            (stage + "gradient_norm", metrics.GradientNorm),
            (stage + "clips_per_second", metrics.ClipsPerSecond),
        ]);
    }

    public void Write(MonitorMetrics metrics, double seconds) =>
        Write(metrics.Step, seconds, metrics.Values.Select(value => ($"monitor/knn_{value.Neighbours}", value.Accuracy)));

    /// <param name="seconds">of training since the run's start</param>
    public void Write(long step, double seconds, IEnumerable<(string Tag, double Value)> scalars)
    {
        var summary = new Tensorboard.Summary();
        foreach (var (tag, value) in scalars)
            summary.Value.Add(new Tensorboard.Summary.Types.Value { Tag = tag, SimpleValue = (float)value });
        WriteFrame(new() { WallTime = Seconds(started.AddSeconds(seconds)), Step = step, Summary = summary });
    }

    public void Flush() => stream.Flush();

    public void Dispose() => stream.Dispose();

    static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    void WriteFrame(Tensorboard.Event message)
    {
        var data = message.ToByteArray();
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)data.Length);
        stream.Write(length);
        WriteChecksum(length);
        stream.Write(data);
        WriteChecksum(data);
    }

    void WriteChecksum(ReadOnlySpan<byte> of)
    {
        Span<byte> checksum = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, Crc32C.Masked(of));
        stream.Write(checksum);
    }
}
