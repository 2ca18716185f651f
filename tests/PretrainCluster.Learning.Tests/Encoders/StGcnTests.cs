using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Encoders;

public sealed class StGcnTests
{
    static readonly StGcn.Settings s_plan = new() { Channels = 4, Width = 12, Dropout = 0.5 };

    [Fact]
    public void Features_OfTwoPersons_AreTheMeanOfEachAlone()
    {
        using var scope = NewDisposeScope();
        using var encoder = new StGcn(s_plan, new ClipShape(2, 13, 20, JointLayouts.KinectV1), seed: 1);
        var clips = Clips(persons: 2);

        var (both, first, second) = (encoder.Features(clips), encoder.Features(clips.narrow(1, 0, 1)), encoder.Features(clips.narrow(1, 1, 1)));

        Assert.Equal([3, 12], both.shape);
        Close.Equal(Close.Floats((first + second) / 2), Close.Floats(both), 1e-5);
    }

    [Fact]
    public void Features_InTraining_DropByTheMicroBatchsOwnStream()
    {
        using var scope = NewDisposeScope();
        using var encoder = new StGcn(s_plan, new ClipShape(2, 13, 20, JointLayouts.KinectV1), seed: 1);
        var clips = Clips(persons: 2);

        float[] Pass(ulong microBatch) => Close.Floats(encoder.Features(clips, new TrainingPass(new CounterRandom(1, RandomPurpose.Objective, 0, microBatch))));

        Assert.Equal(Pass(1), Pass(1));
        Assert.NotEqual(Pass(1), Pass(2));
    }

    [Theory]
    [InlineData(64, 3083412)]
    [InlineData(16, 821380)]
    public void Create_OfAPublishedWidth_HasAsManyParametersAsThePublicModelWithoutItsHead(int channels, long parameters)
    {
        using var encoder = new StGcn(new StGcn.Settings { Channels = channels }, new ClipShape(2, 50, 25, JointLayouts.KinectV2), seed: 1);

        Assert.Equal(parameters, encoder.Weights.Sum(weight => weight.Parameter.numel()));
    }

    static Tensor Clips(int persons)
    {
        var random = new CounterRandom(7, RandomPurpose.Synthesis);
        var values = new float[3 * persons * 13 * 20 * 3];
        for (var i = 0; i < values.Length; i++)
            values[i] = random.NextSingle();
        return tensor(values, [3, persons, 13, 20, 3]);
    }
}
