using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;

namespace PretrainCluster.Training.Tests.Batches;

public sealed class BatchLoaderTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Next_WholeRun_EverySampleOfAnEpochOnce()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new TrainingSet(_tiny.Plan("training.epochs=4"), dataset);
        using var loader = set.LoadFrom(0);
        var used = new List<long>();
        for (var step = 0; step < set.Steps; step++)
        {
            var batch = loader.Next();
            used.AddRange(batch.MicroBatches.SelectMany(m => m.Samples));
            loader.Return(batch);
        }
        Assert.Equal(set.Steps * 10, used.Count);
        foreach (var epoch in used.Chunk(set.Samples.Count).SkipLast(used.Count % set.Samples.Count == 0 ? 0 : 1))
            Assert.Equal(set.Samples.Order(), epoch.Order());
    }

    [Fact]
    public void Next_StartedInMidEpoch_SameViewsAsFromTheStart()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new TrainingSet(_tiny.Plan(), dataset);
        using var whole = set.LoadFrom(0);
        using var part = set.LoadFrom(4);
        for (var step = 0; step < 4; step++)
            whole.Next();
        for (var step = 4; step < set.Steps; step++)
        {
            var (expected, found) = (whole.Next(), part.Next());
            Assert.Equal(expected.Step, found.Step);
            Assert.Equal(expected.MicroBatches.SelectMany(m => m.Clips), found.MicroBatches.SelectMany(m => m.Clips));
        }
    }

    [Fact]
    public void Next_SharesOfABatch_AreTheWholeBatch()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new TrainingSet(_tiny.Plan(), dataset);
        using var whole = set.LoadFrom(1);
        using var first = set.LoadFrom(1, 0, 2);
        using var rest = set.LoadFrom(1, 2, 5);

        var (expected, shares) = (whole.Next(), first.Next().MicroBatches.Concat(rest.Next().MicroBatches).ToList());

        Assert.Equal(expected.MicroBatches.Select(m => m.Index), shares.Select(m => m.Index));
        Assert.Equal(expected.MicroBatches.SelectMany(m => m.Samples), shares.SelectMany(m => m.Samples));
        Assert.Equal(expected.MicroBatches.SelectMany(m => m.Clips), shares.SelectMany(m => m.Clips));
    }

    [Fact]
    public void Next_TwoViews_TheFirstIsThatOfOneView()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        using var one = new TrainingSet(_tiny.Plan(), dataset).LoadFrom(0);
        using var two = new TrainingSet(_tiny.Plan("objective={kind: moco, queue: 10}"), dataset).LoadFrom(0);

        var (single, both) = (one.Next().MicroBatches[3], two.Next().MicroBatches[3]);

        Assert.Equal(single.Samples, both.Samples);
        Assert.Equal(2 * single.Clips.Length, both.Clips.Length);
        Assert.Equal(single.Clips, both.Clips[..single.Clips.Length]);
        Assert.NotEqual(single.Clips, both.Clips[single.Clips.Length..]);
    }

    [Fact]
    public void Next_DamagedShard_TheErrorReachesTheTrainingThread()
    {
        var plan = _tiny.Plan();
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new TrainingSet(plan, dataset);
        foreach (var shard in Directory.EnumerateFiles(_tiny.DatasetFolder, "shard-*"))
        {
            using var file = File.Open(shard, FileMode.Open);
            file.SetLength(file.Length / 2);
        }
        using var loader = set.LoadFrom(0);
        Assert.Throws<PretrainCluster.Core.InputException>(() =>
        {
            for (var step = 0; step < set.Steps; step++)
                loader.Next();
        });
    }
}
