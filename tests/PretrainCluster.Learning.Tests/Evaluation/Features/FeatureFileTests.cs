using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Features;

public sealed class FeatureFileTests : IDisposable
{
    readonly SmallDataset _small = new();
    readonly LanePool _lanes = new(2);

    [Fact]
    public void Write_ReadBack_FeaturesLabelsAndNames()
    {
        var path = _small.PathOf("FEATURES.safetensors");
        long[] samples = [5, 0, 11];
        FeatureFile.Write(path, _small.Dataset, samples, new ViewPlan { Frames = 8 }, new FirstCoordinates(8), _lanes, new Dictionary<string, string> { ["split"] = "xsub" });

        var (features, names) = FeatureFile.Read(path);
        Assert.Equal(samples.Select(_small.Dataset.Name), names);
        Assert.Equal(samples.Select(_small.Dataset.Label), features.Labels);
        Assert.Equal(samples.Select(_small.Dataset.Subject), features.Subjects);
        using var file = SafeTensorsFile.Open(path);
        Assert.Equal("xsub", file.Metadata["split"]);
        Assert.Equal([3L, 8L], file.Tensors["features"].Shape);
        Assert.Equal(samples.Select(_small.Dataset.View), file.Read<int>("views").ToArray());
        Assert.All(features.Values, v => Assert.True(float.IsFinite(v) && v != 0));
    }

    [Fact]
    public void Write_Fails_LeavesNothing()
    {
        var path = _small.PathOf("FEATURES.safetensors");
        Assert.ThrowsAny<OperationCanceledException>(() => FeatureFile.Write(
            path, _small.Dataset, [0, 1], new ViewPlan { Frames = 8 }, new FirstCoordinates(8), _lanes, new Dictionary<string, string>(), cancellation: new(true)));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.GetDirectoryName(path)!), f => f.Contains("FEATURES", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_AnotherSafetensors_SaysWhatIsMissing()
    {
        var path = _small.PathOf("other.safetensors");
        SafeTensorsWriter.WriteFile(path, [("weights", TensorType.F32, [1], new byte[4])]);
        Assert.Contains("no tensor 'features'", Assert.Throws<InputException>(() => FeatureFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OffsetsBeyondTheNames_IsRefused()
    {
        var path = _small.PathOf("lying.safetensors");
        SafeTensorsWriter.WriteFile(path,
        [
            ("id_offsets", TensorType.I64, [2], new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0 }),
            ("features", TensorType.F32, [1, 1], new byte[4]), ("labels", TensorType.I32, [1], new byte[4]),
            ("subjects", TensorType.I32, [1], new byte[4]), ("id_bytes", TensorType.U8, [3], new byte[3]),
        ]);
        Assert.Contains("do not lie in the 3 bytes", Assert.Throws<InputException>(() => FeatureFile.Read(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _lanes.Dispose();
        _small.Dispose();
    }
}
