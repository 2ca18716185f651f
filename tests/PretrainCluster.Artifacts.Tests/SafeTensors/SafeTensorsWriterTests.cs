using System.Buffers.Binary;
using System.Text;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Artifacts.Tests.SafeTensors;

public sealed class SafeTensorsWriterTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_InPieces_GivesTheBytesThatTheFormatAsksFor()
    {
        using (var writer = new SafeTensorsWriter(_folder["a"],
            [new("w", TensorType.F32, [3]), new("none", TensorType.F32, [0]), new("b", TensorType.U8, [1])], new Dictionary<string, string> { ["k"] = "v" }))
        {
            writer.Write("w", [1f]);
            writer.Write("w", [2f, -1f]);
            writer.Write("b", [(byte)9]);
            writer.Complete();
        }

        var json = """{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"none":{"dtype":"F32","shape":[0],"data_offsets":[12,12]},"b":{"dtype":"U8","shape":[1],"data_offsets":[12,13]}}""";
        var header = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        Assert.Equal([.. length, .. header, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x80, 0xbf, 9], File.ReadAllBytes(_folder["a"]));
    }

    [Fact]
    public void WriteFile_AnyOrderOfTypes_PutsEveryTensorAtAMultipleOfItsElement()
    {
        SafeTensorsWriter.WriteFile(_folder["a"],
        [
            ("bytes", TensorType.U8, [3], new byte[3]),
            ("halves", TensorType.F16, [3], new byte[6]),
            ("longs", TensorType.I64, [1], new byte[8]),
            ("floats", TensorType.F32, [1], new byte[4]),
        ]);

        using var file = SafeTensorsFile.Open(_folder["a"]);
        Assert.Equal(["longs", "floats", "halves", "bytes"], file.Tensors.Keys);
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(0, (file.DataStart + tensor.Offset) % tensor.Type.Size()));
    }

    [Fact]
    public void WriteToStream_StaysOpen_AndNeverSeeks()
    {
        using var stream = new OneWayStream();
        using (var writer = new SafeTensorsWriter(stream, [new("a", TensorType.I32, [2])]))
        {
            writer.Write("a", [1, 2]);
            writer.Complete();
        }
        stream.WriteByte(0);
        File.WriteAllBytes(_folder["a"], stream.Written[..^1]);

        using var file = SafeTensorsFile.Open(_folder["a"]);
        Assert.Equal([1, 2], file.Read<int>("a"));
    }

    [Fact]
    public void Dispose_BeforeComplete_LeavesNothing()
    {
        using (var writer = new SafeTensorsWriter(_folder["a"], [new("a", TensorType.I32, [2])]))
        {
            writer.Write("a", [1]);
            Assert.Contains("lacks 4 bytes", Assert.Throws<InvalidOperationException>(writer.Complete).Message);
        }

        Assert.Empty(_folder.Files());
    }

    [Fact]
    public void Write_OutOfOrderOrTooMuchOrOfAnotherType_IsRefused()
    {
        using var writer = new SafeTensorsWriter(_folder["a"], [new("a", TensorType.I32, [1]), new("b", TensorType.I32, [1])]);

        Assert.Throws<InvalidOperationException>(() => writer.Write("b", [1]));
        Assert.Throws<InvalidOperationException>(() => writer.Write("a", [1, 2]));
        Assert.Throws<InvalidOperationException>(() => writer.Write("a", [1f]));
        Assert.Throws<ArgumentException>(() => new SafeTensorsWriter(Stream.Null, [new("a", TensorType.U8, [1]), new("b", TensorType.F32, [1])]));
        Assert.Throws<ArgumentException>(() => new SafeTensorsWriter(Stream.Null, [new("a", TensorType.F32, [long.MaxValue, 2])]));
        Assert.Throws<ArgumentException>(() => new SafeTensorsWriter(Stream.Null, [new("a", TensorType.F32, [1]), new("a", TensorType.F32, [1])]));
    }

    [Fact]
    public void Write_WithoutTensors_IsAValidFile()
    {
        SafeTensorsWriter.WriteFile(_folder["a"], []);

        using var file = SafeTensorsFile.Open(_folder["a"]);
        Assert.Empty(file.Tensors);
    }

    sealed class OneWayStream : Stream
    {
        readonly MemoryStream _written = new();
        public byte[] Written => _written.ToArray();
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => _written.Write(buffer, offset, count);
    }
}
