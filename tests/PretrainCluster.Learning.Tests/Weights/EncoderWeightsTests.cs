using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Core;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Tests.Fixtures;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Weights;

public sealed class EncoderWeightsTests
{
    static readonly SkeletonTransformer.Settings s_plan = new() { Width = 32, Depth = 2, Heads = 4 };

    [Fact]
    public void Load_OfThePublicStateDict_TakesTheEncoderAndLeavesTheDecoder()
    {
        using var scope = NewDisposeScope();
        using var encoder = new SkeletonTransformer(s_plan, frames: 20, joints: 7, seed: 1);
        var path = Fixture.PathOf("masked-motion-normalized.weights");

        EncoderWeights.Load(encoder, path);

        using var file = SafeTensorsFile.Open(path);
        foreach (var (name, parameter) in encoder.Weights)
            Assert.Equal(file.Read<float>(name).ToArray(), Close.Floats(parameter));
        Assert.Equal(5 + 2 * 12 + 1, encoder.Weights.Count);
    }

    [Fact]
    public void Save_ThenLoad_KeepsBitsAndDigest()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var saved = new SkeletonTransformer(s_plan, 20, 7, seed: 1);
        using var loaded = new SkeletonTransformer(s_plan, 20, 7, seed: 2);
        var path = folder.File("encoder.safetensors");

        EncoderWeights.Save(saved, path);
        Assert.NotEqual(EncoderWeights.Sha256(saved), EncoderWeights.Sha256(loaded));
        EncoderWeights.Load(loaded, path);

        Assert.Equal(EncoderWeights.Sha256(saved), EncoderWeights.Sha256(loaded));
        Assert.Matches("^[0-9a-f]{64}$", EncoderWeights.Sha256(saved));
    }

    [Fact]
    public void Save_OfAnEncoderWithRunningStatistics_HoldsThem()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (plan, clip) = (new StGcn.Settings { Channels = 2, Width = 6 }, new ClipShape(1, 8, 20, JointLayouts.KinectV1));
        using var saved = EncoderFactory.Create(plan, clip, seed: 1);
        using var loaded = EncoderFactory.Create(plan, clip, seed: 1);
        saved.Track(ones(saved.StatisticsLength));
        var path = folder.File("encoder.safetensors");

        EncoderWeights.Save(saved, path);
        Assert.NotEqual(EncoderWeights.Sha256(saved), EncoderWeights.Sha256(loaded));
        EncoderWeights.Load(loaded, path);

        Assert.Equal(EncoderWeights.Sha256(saved), EncoderWeights.Sha256(loaded));
        Assert.Equal(Close.Floats(saved.Features(ones([1, 1, 8, 20, 3]))), Close.Floats(loaded.Features(ones([1, 1, 8, 20, 3]))));
    }

    [Fact]
    public void Load_OfAnotherEncoder_SaysWhatDiffersAndChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var encoder = new SkeletonTransformer(s_plan with { Depth = 3 }, frames: 24, joints: 7, seed: 1);
        var before = EncoderWeights.Sha256(encoder);

        var error = Assert.Throws<InputException>(() => EncoderWeights.Load(encoder, Fixture.PathOf("masked-motion-normalized.weights")));

        Assert.Contains("does not fit the encoder of width 32, depth 3, 24 frames, 7 joints", error.Message);
        Assert.Contains("blocks.2.norm1.weight", error.Message);
        Assert.Contains("and 7 more", error.Message);
        Assert.Contains("temp_embed (F32 [1, 5, 1, 32] in place of F32 [1, 6, 1, 32])", error.Message);
        Assert.DoesNotContain("decoder", error.Message);
        Assert.Equal(before, EncoderWeights.Sha256(encoder));
    }

    [Fact]
    public void Load_OfHalfPrecision_NamesTheType()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var encoder = new SkeletonTransformer(s_plan, frames: 20, joints: 7, seed: 1);
        var path = folder.File("half.safetensors");
        NamedTensors.Write(path, encoder.Weights.Select(weight => new HostTensor(weight.Name, TensorType.F16, weight.Parameter.shape, new byte[2 * weight.Parameter.numel()])));

        var error = Assert.Throws<InputException>(() => EncoderWeights.Load(encoder, path));

        Assert.Contains("temp_embed (F16 [1, 5, 1, 32] in place of F32 [1, 5, 1, 32])", error.Message);
    }

    [Fact]
    public void Load_OfADeeperEncoder_NamesWhatIsUnexpected()
    {
        using var scope = NewDisposeScope();
        using var encoder = new SkeletonTransformer(s_plan with { Depth = 1 }, frames: 20, joints: 7, seed: 1);

        var error = Assert.Throws<InputException>(() => EncoderWeights.Load(encoder, Fixture.PathOf("masked-motion-normalized.weights")));

        Assert.Contains("unexpected: blocks.1.", error.Message);
    }
}
