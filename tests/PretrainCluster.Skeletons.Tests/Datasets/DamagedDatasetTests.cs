using System.Text.Json.Nodes;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;

namespace PretrainCluster.Skeletons.Tests.Datasets;

public sealed class DamagedDatasetTests : IDisposable
{
    const string SecondShard = "shard-00001.safetensors";

    readonly TemporaryFolder _folder = new();
    readonly string _set;

    public DamagedDatasetTests() =>
        _set = TestClips.Write(_folder["set"], Enumerable.Range(0, 6).Select(number => TestClips.Draw(number, 5)), options: new() { ShardBytes = 1200 });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Verify_Sound_FindsNothing()
    {
        using var dataset = SkeletonDataset.Open(_set, new() { VerifyOnFirstUse = true });

        Assert.Empty(dataset.Verify());
        Assert.Equal("clip-003", dataset.Name(3));
    }

    [Fact]
    public void Verify_OneFlippedBit_NamesTheShardAlone()
    {
        Flip(SecondShard, 700);

        using var dataset = SkeletonDataset.Open(_set);

        Assert.StartsWith(SecondShard, Assert.Single(dataset.Verify()));
    }

    [Fact]
    public void Verify_FlippedBitInTheSplits_NamesThem()
    {
        Flip("splits.safetensors", -3);

        using var dataset = SkeletonDataset.Open(_set);

        Assert.StartsWith("splits.safetensors", Assert.Single(dataset.Verify()));
    }

    [Fact]
    public void Read_VerifyOnFirstUse_RefusesTheFlippedBitAndReadsOtherShards()
    {
        Flip(SecondShard, 700);
        using var dataset = SkeletonDataset.Open(_set, new() { VerifyOnFirstUse = true });
        var first = dataset.Description.Shards[0].Clips;

        dataset.Read(0);
        Assert.Contains(SecondShard, Assert.Throws<InputException>(() => dataset.Read(first)).Message);
    }

    [Fact]
    public void Read_TruncatedShard_NamesIt()
    {
        using (var file = new FileStream(Path.Combine(_set, SecondShard), FileMode.Open))
            file.SetLength(file.Length - 100);
        using var dataset = SkeletonDataset.Open(_set);

        Assert.Contains(SecondShard, Assert.Throws<InputException>(() => dataset.Read(2)).Message);
        Assert.StartsWith(SecondShard, Assert.Single(dataset.Verify()));
    }

    [Fact]
    public void Read_TruncatedWhileOpen_IsAnErrorAndNotTheEndOfTheProcess()
    {
        using var dataset = SkeletonDataset.Open(_set);
        dataset.Read(2);
        using (var file = new FileStream(Path.Combine(_set, SecondShard), FileMode.Open))
            file.SetLength(200);

        Assert.Contains(SecondShard, Assert.Throws<InputException>(() => dataset.Read(2)).Message);
    }

    [Fact]
    public void Read_MissingShard_NamesIt()
    {
        File.Delete(Path.Combine(_set, SecondShard));
        using var dataset = SkeletonDataset.Open(_set);

        Assert.Contains(SecondShard, Assert.Throws<InputException>(() => dataset.Read(2)).Message);
    }

    [Fact]
    public void Open_NoDataset_SaysHowToMakeOne() =>
        Assert.Contains("pretrain data import", Assert.Throws<InputException>(() => SkeletonDataset.Open(_folder.Path)).Message);

    [Theory]
    [InlineData("format", "\"other\"")]
    [InlineData("version", "2")]
    [InlineData("persons", "0")]
    [InlineData("persons", "\"two\"")]
    [InlineData("clips", "7")]
    [InlineData("frames", "31")]
    [InlineData("longest_clip", "2000000000")]
    [InlineData("shards", "null")]
    [InlineData("classes", "[null]")]
    [InlineData("layout", "{\"name\": \"x\"}")]
    [InlineData("split_file", "{\"file\": \"../splits.safetensors\", \"bytes\": 1, \"sha256\": \"\"}")]
    public void Open_DescriptionThatLies_IsRefused(string key, string value)
    {
        Edit(key, value);

        var error = Assert.Throws<InputException>(() => SkeletonDataset.Open(_set));

        Assert.Contains("dataset.json", error.Message);
    }

    [Fact]
    public void Split_CountsOfTheDescriptionDiffer_IsRefused()
    {
        Edit("splits", "[{\"name\": \"parity\", \"train\": 2, \"test\": 4}]");
        using var dataset = SkeletonDataset.Open(_set);

        Assert.Contains("splits.safetensors", Assert.Throws<InputException>(() => dataset.Split("parity")).Message);
    }

    void Flip(string file, int position)
    {
        var path = Path.Combine(_set, file);
        var bytes = File.ReadAllBytes(path);
        bytes[position < 0 ? bytes.Length + position : position] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    void Edit(string key, string value)
    {
        var path = Path.Combine(_set, DatasetDescription.FileName);
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json[key] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
    }
}
