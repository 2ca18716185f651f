using System.Buffers.Binary;
using System.Text;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Core;

namespace PretrainCluster.Artifacts.Tests.SafeTensors;

public sealed class SafeTensorsFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_FileAsThePythonLibraryWritesIt_GivesTheSameTensors()
    {
        // safetensors.numpy.save_file({"weight": arange(6).reshape(2, 3) float32, "ids": [7, -1] int64}, metadata={"format": "np"}), without padding.
        var file = Write("""{"__metadata__":{"format":"np"},"ids":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[16,40]}}""",
            Convert.FromHexString("0700000000000000" + "ffffffffffffffff" + "00000000" + "0000803f" + "00000040" + "00004040" + "00008040" + "0000a040"));

        using var tensors = SafeTensorsFile.Open(file);

        Assert.Equal("np", tensors.Metadata["format"]);
        Assert.Equal(["ids", "weight"], tensors.Tensors.Keys);
        Assert.Equal([2L, 3L], tensors.Tensors["weight"].Shape);
        Assert.Equal([0f, 1f, 2f, 3f, 4f, 5f], tensors.Read<float>("weight"));
        Assert.Equal([7L, -1L], tensors.Read<long>("ids"));
        Assert.Equal([3f, 4f], tensors.Read<float>("weight", 3, 2));
    }

    [Fact]
    public void Open_HeaderInAnyOrderAndScalarsAndEmptyTensors_IsRead()
    {
        using var tensors = SafeTensorsFile.Open(Write(
            """{"b":{"shape":[],"data_offsets":[2,4],"dtype":"BF16"},"empty":{"dtype":"F64","shape":[3,0],"data_offsets":[2,2]},"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}  """,
            [1, 0, 0x80, 0x3f]));

        Assert.Equal([(byte)1, (byte)0], tensors.Read<byte>("a"));
        Assert.Equal([(ushort)0x3f80], tensors.Read<ushort>("b"));
        Assert.Empty(tensors.Read<double>("empty").ToArray());
        Assert.Equal(0, tensors.Tensors["empty"].Elements);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "whole numbers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "outside")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", "'Q4'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}}""", "'extra'")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"I16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}""", "hole")]
    [InlineData("""{"a":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"I16","shape":[1],"data_offsets":[2,4]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"I16","shape":[1],"data_offsets":[0,2]},"a":{"dtype":"I16","shape":[1],"data_offsets":[2,4]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"I16","shape":[1],"data_offsets":[0,2]}}""", "describes 2")]
    [InlineData("""{"__metadata__":{"a":1}}""", "not a string")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[[[[[1]]]]]],"data_offsets":[0,4]}}""", "whole numbers")]
    [InlineData("""{"a":[]}""", "not an object")]
    [InlineData("""["a"]""", "not a JSON object")]
    [InlineData("{ ", "not valid JSON")]
    public void Open_UnsoundHeader_NamesFileAndReason(string header, string reason)
    {
        var file = Write(header, [0, 0, 0, 0]);

        var refusal = Assert.Throws<InputException>(() => SafeTensorsFile.Open(file));

        Assert.StartsWith(file, refusal.Message);
        Assert.Contains(reason, refusal.Message);
    }

    [Fact]
    public void Open_HeaderLengthBeyondTheFormatsBound_IsRefusedBeforeAnythingIsRead()
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        File.WriteAllBytes(_folder["a"], bytes);

        Assert.Contains("ask for a header", Assert.Throws<InputException>(() => SafeTensorsFile.Open(_folder["a"])).Message);
    }

    [Fact]
    public void Open_MissingFileOrFolder_IsOneSentence()
    {
        Assert.Contains("does not exist", Assert.Throws<InputException>(() => SafeTensorsFile.Open(_folder["none"])).Message);
        Assert.Throws<InputException>(() => SafeTensorsFile.Open(_folder.Path));
    }

    [Fact]
    public void Read_OfAnotherTypeOrNameOrRange_IsRefused()
    {
        using var tensors = SafeTensorsFile.Open(Write("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", [0, 0, 0, 0]));

        Assert.Contains("F32", Assert.Throws<InputException>(() => { tensors.Read<int>("a"); }).Message);
        Assert.Contains("'b'", Assert.Throws<InputException>(() => { tensors.Read<float>("b"); }).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => { tensors.Read<float>("a", 1, 1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { tensors.Read<float>("a", long.MaxValue, 1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { tensors.Read<float>("a", -1, 1); });
    }

    [Fact]
    public void Expect_AnotherModelsTensor_SaysBothShapes()
    {
        using var tensors = SafeTensorsFile.Open(Write("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", [0, 0, 0, 0]));

        Assert.Equal(4, tensors.Expect("a", TensorType.F32, 1).Bytes);
        Assert.Contains("'a' is F32 [1], F32 [1, 2] is expected", Assert.Throws<InputException>(() => tensors.Expect("a", TensorType.F32, 1, 2)).Message);
        Assert.Throws<InputException>(() => tensors.Expect("b", TensorType.F32, 1));
    }

    [Fact]
    public void Open_EveryTruncation_IsRefused()
    {
        var whole = File.ReadAllBytes(Sample());
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder["cut"], whole[..length]);
            Assert.Throws<InputException>(() => SafeTensorsFile.Open(_folder["cut"]));
        }
    }

    [Fact]
    public void Open_FlippedBitInAnyByteOfTheHeader_IsReadOrRefusedButNeverWorse()
    {
        var whole = File.ReadAllBytes(Sample());
        var header = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var refused = 0;
        for (var at = 0; at < header; at++)
        {
            var bit = at * 8 + at % 8;
            whole[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(_folder["flipped"], whole);
            whole[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                using var tensors = SafeTensorsFile.Open(_folder["flipped"]);
                foreach (var name in tensors.Tensors.Keys)
                    tensors.Read<byte>(name);
            }
            catch (InputException)
            {
                refused++;
            }
        }
        Assert.True(refused > header / 2, $"only {refused} of {header} flips were refused");
    }

    string Sample()
    {
        SafeTensorsWriter.WriteFile(_folder["sample"],
        [
            ("joints", TensorType.F32, [2, 3], new byte[24]),
            ("empty", TensorType.F16, [0, 5], ReadOnlyMemory<byte>.Empty),
            ("é\"", TensorType.U8, [3], new byte[3]),
        ], new Dictionary<string, string> { ["format"] = "np" });
        return _folder["sample"];
    }

    string Write(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        File.WriteAllBytes(_folder["written"], bytes);
        return _folder["written"];
    }
}
