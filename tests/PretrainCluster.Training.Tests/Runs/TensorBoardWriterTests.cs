using System.Buffers.Binary;
using System.Text;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Training.Tests.Runs;

public sealed class TensorBoardWriterTests : IDisposable
{
    static readonly DateTimeOffset Started = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    readonly string folder = Directory.CreateTempSubdirectory("tensorboard").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Write_TwoSteps_ReadsBackAsEventsOfTheFormat()
    {
        using (var writer = new TensorBoardWriter(folder, Started, [Step(1, loss: 0.5)]))
            writer.Write(Step(300, loss: 0.25));

        var events = Events(Assert.Single(Directory.GetFiles(folder)));

        Assert.Equal(3, events.Count);
        Assert.Equal("brain.Event:2", events[0].FileVersion);
        Assert.Equal([0, 1, 300], events.Select(e => e.Step));
        Assert.Equal(1_700_000_300.0, events[2].WallTime);
        Assert.Equal(["loss", "learning_rate", "gradient_norm", "clips_per_second"], events[2].Scalars.Select(s => s.Tag));
        Assert.Equal([0.25f, 1e-3f, 2f, 100f], events[2].Scalars.Select(s => s.Value));
    }

    [Fact]
    public void Write_StepOfAStage_HasCurvesOfItsOwn()
    {
        using (var writer = new TensorBoardWriter(folder, Started, []))
            writer.Write(Step(1) with { Stage = "tuning" });

        Assert.Equal(["tuning/loss", "tuning/learning_rate", "tuning/gradient_norm", "tuning/clips_per_second"], Events(Assert.Single(Directory.GetFiles(folder)))[1].Scalars.Select(s => s.Tag));
    }

    [Fact]
    public void Create_OverAnEarlierFile_HoldsOnlyWhatItWasGiven()
    {
        using (var first = new TensorBoardWriter(folder, Started, [Step(1), Step(2), Step(3)]))
            first.Flush();
        using (var resumed = new TensorBoardWriter(folder, Started, [Step(1)]))
            resumed.Write(Step(2));

        Assert.Equal([0, 1, 2], Events(Assert.Single(Directory.GetFiles(folder))).Select(e => e.Step));
    }

    [Fact]
    public void FileName_HoldsWhatTensorBoardLooksFor()
    {
        using var writer = new TensorBoardWriter(folder, Started, []);
        Assert.Contains("tfevents", Path.GetFileName(Directory.GetFiles(folder).Single()));
    }

    static StepMetrics Step(long step, double loss = 1) => new(step, step / 100.0, loss, 1e-3, 2, 100, step);

    sealed record Event(double WallTime, long Step, string? FileVersion, IReadOnlyList<(string Tag, float Value)> Scalars);

    // A reader of its own, from the format's description: it shares nothing with the writer.
    static List<Event> Events(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var events = new List<Event>();
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(MaskedBitByBit(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var data = bytes.AsSpan(at + 12, length);
            Assert.Equal(MaskedBitByBit(data), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            events.Add(ParseEvent(data.ToArray()));
            at += 16 + length;
        }

        return events;
    }

    static Event ParseEvent(byte[] message)
    {
        var fields = Fields(message);
        var time = BinaryPrimitives.ReadDoubleLittleEndian(fields.Single(f => f.Number == 1).Data);
        var step = fields.Where(f => f.Number == 2).Select(f => (long)f.Integer).SingleOrDefault();
        var version = fields.Where(f => f.Number == 3).Select(f => Encoding.UTF8.GetString(f.Data)).SingleOrDefault();
        var scalars = fields.Where(f => f.Number == 5).SelectMany(f => Fields(f.Data)).Select(f => Fields(f.Data))
            .Select(v => (Encoding.UTF8.GetString(v.Single(f => f.Number == 1).Data), BinaryPrimitives.ReadSingleLittleEndian(v.Single(f => f.Number == 2).Data)));
        return new Event(time, step, version, [.. scalars]);
    }

    static List<(int Number, ulong Integer, byte[] Data)> Fields(byte[] message)
    {
        var fields = new List<(int, ulong, byte[])>();
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var integer = 0UL;
            var size = (key & 7) switch { 1 => 8, 5 => 4, _ => 0 };
            if ((key & 7) is 0 or 2)
                integer = Varint(message, ref at);
            if ((key & 7) == 2)
                size = (int)integer;
            fields.Add(((int)(key >> 3), integer, message[at..(at + size)]));
            at += size;
        }

        return fields;
    }

    static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }

    static uint MaskedBitByBit(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
        }

        crc = ~crc;
        return (crc >> 15 | crc << 17) + 0xa282ead8u;
    }
}
