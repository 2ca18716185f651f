using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Layouts;
using static PretrainCluster.Learning.Tests.Objectives.ContrastSamples;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class SkeletonAttentionContrastTests
{
    [Fact]
    public void BodyParts_OfKinectV2_AreThePublicTable() =>
        Assert.Equal(["0,1,2,3,20", "4,5,6,7,21,22", "8,9,10,11,23,24", "12,13,14,15", "16,17,18,19"], BodyParts.Of(JointLayouts.KinectV2).Select(part => string.Join(',', part)));

    [Fact]
    public void Swap_OfAMicroBatch_TakesWholePartsOfOneOtherClipForWholeSteps()
    {
        using var scope = NewDisposeScope();
        const int Clips = 4, Frames = 18, Joints = 6;
        var swap = new SkeletonAttentionContrast.PartSwap(new SkeletonAttentionContrast.SwapSettings { MinParts = 1, MaxParts = 2, MinSteps = 2, MaxSteps = 3 }, Layout);
        var own = arange(Clips, ScalarType.Float32).reshape(Clips, 1, 1, 1, 1).expand(Clips, 2, Frames, Joints, 3).contiguous();
        var seen = new HashSet<(int Shift, int Parts, int Steps)>();
        for (var stream = 0UL; stream < 200; stream++)
        {
            var random = new CounterRandom(1, RandomPurpose.Objective, stream);
            var swapped = Close.Floats(swap.Apply(own, ref random)).Chunk(2 * Frames * Joints * 3).ToArray();

            // The first clip is all 0.
            var shift = (int)swapped[0].Max();
            Assert.InRange(shift, 1, Clips - 1);
            for (var clip = 0; clip < Clips; clip++)
                Assert.All(swapped[clip], value => Assert.True(value == clip || value == (clip + shift) % Clips));
            var taken = Enumerable.Range(0, Frames).Select(frame => Enumerable.Range(0, Joints).Where(joint => swapped[0][(frame * Joints + joint) * 3] != 0).ToArray()).ToArray();
            var frames = Enumerable.Range(0, Frames).Where(frame => taken[frame].Length > 0).ToArray();
            Assert.All(frames, frame => Assert.Equal(taken[frames[0]], taken[frame]));
            Assert.Equal(frames[^1] - frames[0] + 1, frames.Length);
            Assert.Equal(0, frames[0] % 4);
            Assert.True(frames.Length % 4 == 0 || frames[^1] == Frames - 1);
            var parts = BodyParts.Of(Layout).Where(part => part.Intersect(taken[frames[0]]).Any()).ToList();
            Assert.Equal(parts.SelectMany(part => part).Order(), taken[frames[0]]);
            seen.Add((shift, parts.Count, (frames.Length + 3) / 4));
        }
        Assert.Equal(3 * 2 * 2, seen.Count);
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(0.5, 0.95)]
    [InlineData(1, 1)]
    public void AfterStep_AsTheRunGoesOn_MovesTheKeysLessAndLess(double progress, double momentum)
    {
        using var scope = NewDisposeScope();
        using var objective = Create();
        using (no_grad())
        {
            foreach (var (_, weight) in objective.Weights)
                weight.add_(1);
        }
        var before = objective.Buffers.Where(buffer => buffer.Name.StartsWith("key.", StringComparison.Ordinal)).ToDictionary(buffer => buffer.Name, buffer => Close.Floats(buffer.Value.to(ScalarType.Float32)));
        objective.Progress = progress;

        objective.AfterStep(Direction.Of(rand(5, 6)));

        foreach (var (name, weight) in objective.Weights.Where(weight => before.ContainsKey("key." + weight.Name)))
            Close.Equal([.. before["key." + name].Zip(Close.Floats(weight), (key, query) => (float)(momentum * key + (1 - momentum) * query))], Close.Floats(Buffer(objective, "key." + name)), 1e-5, what: name);
        Assert.Equal(5, Buffer(objective, "queue_position").item<long>());
    }

    [Fact]
    public void Create_KeyEncoderAndNeck_BeginAsTheTrainedOnes()
    {
        using var objective = Create();

        var keys = objective.Buffers.Where(buffer => buffer.Name.StartsWith("key.", StringComparison.Ordinal) && objective.Weights.Any(weight => "key." + weight.Name == buffer.Name)).ToList();
        Assert.Equal(objective.Weights.Count(weight => !weight.Name.StartsWith("head.predictor", StringComparison.Ordinal)), keys.Count);
        Assert.All(keys, key => Assert.Equal(Close.Floats(Weight(objective, key.Name["key.".Length..])), Close.Floats(key.Value)));
    }

    static SkeletonAttentionContrast Create() =>
        (SkeletonAttentionContrast)ObjectiveFactory.Create(Plan("skeattnclr"), EncoderOf("skeattnclr", Encoder), new ClipShape(2, 16, 6, Layout), seed: 3);
}
