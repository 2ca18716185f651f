using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Tests.Encoders;

public sealed class HcnTests
{
    static readonly Hcn.Settings s_plan = new() { Channels = 4, Dropout = 0.5 };

    [Fact]
    public void Features_OfTwoPersons_AreTheLargestOfEachAlone()
    {
        using var scope = NewDisposeScope();
        using var encoder = new Hcn(s_plan, new ClipShape(2, 40, 5), seed: 1);
        var clips = Clips();

        var (both, first, second) = (encoder.Features(clips), encoder.Features(clips.narrow(1, 0, 1)), encoder.Features(clips.narrow(1, 1, 1)));

        Assert.Equal([3, 4 * 4 * 2 * 2], both.shape);
        Close.Equal(Close.Floats(maximum(first, second)), Close.Floats(both), 1e-6);
        Assert.NotEqual(Close.Floats(first), Close.Floats(both));
    }

    [Fact]
    public void DropChannels_OfASample_DropsAChannelWhole()
    {
        using var scope = NewDisposeScope();

        var dropped = Close.Floats(new TrainingPass(Random()).Noise.DropChannels(ones(4, 6, 2, 5), 0.5));

        var channels = dropped.Chunk(10).ToList();
        Assert.All(channels, channel => Assert.Single(channel.Distinct()));
        Assert.Equal([0, 2], dropped.Distinct().Order());
    }

    [Fact]
    public void Features_InTraining_DropByTheMicroBatchsOwnStream()
    {
        using var scope = NewDisposeScope();
        using var encoder = new Hcn(s_plan, new ClipShape(2, 40, 5), seed: 1);
        var clips = Clips();

        var (first, again, other) = (Pass(1), Pass(1), Pass(2));

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);

        float[] Pass(ulong microBatch) => Close.Floats(encoder.Features(clips, new TrainingPass(Random(microBatch))));
    }

    static CounterRandom Random(ulong microBatch = 0) => new(1, RandomPurpose.Objective, 0, microBatch);

    static Tensor Clips()
    {
        var random = new CounterRandom(7, RandomPurpose.Synthesis);
        var values = new float[3 * 2 * 40 * 5 * 3];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle();
        return tensor(values, [3, 2, 40, 5, 3]);
    }
}
