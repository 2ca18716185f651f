using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Datasets;

namespace PretrainCluster.Skeletons.Tests.Datasets;

public sealed class DatasetRoundTripTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_ManyShards_GivesEveryClipBack()
    {
        var clips = Enumerable.Range(0, 23).Select(number => TestClips.Draw(number, frames: 1 + number * 3 % 17)).ToArray();
        TestClips.Write(_folder["set"], clips, options: new() { ShardBytes = 4000 });

        using var dataset = SkeletonDataset.Open(_folder["set"]);

        Assert.True(dataset.Description.Shards.Count > 3);
        Assert.Equal(clips.Length, dataset.Count);
        for (var i = 0; i < clips.Length; i++)
        {
            var read = dataset.Read(i);
            Assert.Equal(clips[i].Positions, read.Positions);
            Assert.Equal(clips[i] with { Positions = read.Positions }, read);
        }
    }

    [Fact]
    public void Read_FewerPersonsThanTheDataset_FillsWithZeros()
    {
        var clip = TestClips.Draw(1, frames: 3, persons: 1);
        TestClips.Write(_folder["set"], [clip]);

        using var dataset = SkeletonDataset.Open(_folder["set"]);
        var read = dataset.Read(0);

        for (var frame = 0; frame < 3; frame++)
        {
            Assert.Equal(clip.Positions.AsSpan(frame * 15, 15), read.Positions.AsSpan(frame * 30, 15));
            Assert.False(read.Positions.AsSpan(frame * 30 + 15, 15).ContainsAnyExcept(0f));
        }
    }

    [Fact]
    public void Read_HalfPrecision_IsTheNearestHalf()
    {
        var clip = TestClips.Draw(1, frames: 9);
        TestClips.Write(_folder["set"], [clip], TestClips.Header(coordinates: CoordinateType.Float16));

        using var dataset = SkeletonDataset.Open(_folder["set"]);

        Assert.Equal(clip.Positions.Select(value => (float)(Half)value), dataset.Read(0).Positions);
    }

    [Fact]
    public void ReadFrames_Part_IsThatPart()
    {
        var clip = TestClips.Draw(1, frames: 9);
        TestClips.Write(_folder["set"], [TestClips.Draw(0, 4), clip]);

        using var dataset = SkeletonDataset.Open(_folder["set"]);
        var part = new float[4 * 30];
        dataset.ReadFrames(1, 3, 4, part);

        Assert.Equal(clip.Positions[(3 * 30)..(7 * 30)], part);
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.ReadFrames(1, 6, 4, part));
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.ReadFrames(2, 0, 1, part));
    }

    [Fact]
    public void Description_CountsWhatWasWritten()
    {
        TestClips.Write(_folder["set"], Enumerable.Range(0, 8).Select(number => TestClips.Draw(number, 2 + number)));

        using var dataset = SkeletonDataset.Open(_folder["set"]);
        var description = dataset.Description;

        Assert.Equal([new("sit", 3), new("stand", 3), new("walk", 2)], description.Classes);
        Assert.Equal([1, 2, 3, 4], description.Subjects);
        Assert.Equal([1, 2], description.Views);
        Assert.Empty(description.Setups);
        Assert.Equal((2, 9, 44L), (description.ShortestClip, description.LongestClip, description.Frames));
        Assert.Equal(new SplitDescription("parity", 4, 4), Assert.Single(description.Splits));
        Assert.Equal(TestClips.Layout, description.Layout);
    }

    [Fact]
    public void Split_KeepsItsOrder()
    {
        using (var writer = new DatasetWriter(_folder["set"], TestClips.Header()))
        {
            for (var i = 0; i < 4; i++)
                writer.Add(TestClips.Draw(i, 2));
            writer.AddSplit("backwards", [3, 1], [0], "by hand");
            writer.Commit();
        }

        using var dataset = SkeletonDataset.Open(_folder["set"]);
        var split = dataset.Split("backwards");

        Assert.Equal([3L, 1], split.Train);
        Assert.Equal([0L], split.Test);
        Assert.Contains("backwards", Assert.Throws<InputException>(() => dataset.Split("xsub")).Message);
    }

    [Fact]
    public void Open_NoSplits_ReadsTheClips()
    {
        using (var writer = new DatasetWriter(_folder["set"], TestClips.Header()))
        {
            writer.Add(TestClips.Draw(0, 2));
            writer.Commit();
        }

        using var dataset = SkeletonDataset.Open(_folder["set"]);

        Assert.Equal("clip-000", dataset.Name(0));
        Assert.Empty(dataset.Verify());
        Assert.Throws<InputException>(() => dataset.Split("xsub"));
    }

    [Fact]
    public void Digest_IsOfTheDescriptionWithoutWhiteSpace()
    {
        TestClips.Write(_folder["set"], [TestClips.Draw(0, 2)]);
        var compact = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder["set"], "dataset.json")))!.ToJsonString(JsonText.Line);

        using var dataset = SkeletonDataset.Open(_folder["set"]);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(compact))), dataset.Digest);
    }

    [Fact]
    public void Digest_SameClips_IsTheSameAndOtherClipsAreNot()
    {
        TestClips.Write(_folder["a"], [TestClips.Draw(1, 5)]);
        TestClips.Write(_folder["b"], [TestClips.Draw(1, 5)]);
        TestClips.Write(_folder["c"], [TestClips.Draw(2, 5) with { Name = "clip-001", Label = 1, Subject = 2, View = 2 }]);

        string Digest(string name)
        {
            using var dataset = SkeletonDataset.Open(_folder[name]);
            return dataset.Digest;
        }

        Assert.Equal(Digest("a"), Digest("b"));
        Assert.NotEqual(Digest("a"), Digest("c"));
    }

    [Fact]
    public void Read_ManyThreadsAndOneOpenShard_StaysRight()
    {
        var clips = Enumerable.Range(0, 40).Select(number => TestClips.Draw(number, 1 + number % 7)).ToArray();
        TestClips.Write(_folder["set"], clips, options: new() { ShardBytes = 2000 });
        using var dataset = SkeletonDataset.Open(_folder["set"], new() { OpenShards = 1 });

        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            var sample = (int)(CounterRandom(i) % (ulong)clips.Length);
            Assert.Equal(clips[sample].Positions, dataset.Read(sample).Positions);
        });

        static ulong CounterRandom(int i) => PretrainCluster.Core.Sampling.CounterRandom.Mix((ulong)i);
    }
}
