using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Skeletons.Tests.Views;

public sealed class TemporalCropTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(64)]
    [InlineData(90)]
    [InlineData(300)]
    public void Draw_AnyLength_StaysInsideAndKeepsItsPart(int frames)
    {
        var random = new CounterRandom(1, RandomPurpose.View);
        var plan = new CropPlan { Min = 0.5, Max = 0.9, MinFrames = 64 };

        var crops = Enumerable.Range(0, 500).Select(_ => TemporalCrop.Draw(plan, frames, ref random)).ToArray();

        var shortest = Math.Min(frames, Math.Max(64, frames / 2));
        var longest = Math.Min(frames, Math.Max(64, (int)(frames * 0.9)));
        Assert.All(crops, crop => Assert.InRange(crop.Length, shortest, longest));
        Assert.All(crops, crop => Assert.InRange(crop.Start, 0, frames - crop.Length));
        Assert.Contains(crops, crop => crop.Start == 0);
        Assert.Contains(crops, crop => crop.Start + crop.Length == frames);
    }

    [Theory]
    [InlineData(1, 0.95, 0, 1)]
    [InlineData(2, 0.95, 0, 2)]
    [InlineData(41, 0.95, 1, 39)]
    [InlineData(200, 0.95, 5, 190)]
    [InlineData(7, 1, 0, 7)]
    [InlineData(100, 0.01, 49, 2)]
    public void Centred_CutsBothEndsAlike(int frames, double part, int start, int length) =>
        Assert.Equal(new TemporalCrop(start, length), TemporalCrop.Centred(part, frames));
}
