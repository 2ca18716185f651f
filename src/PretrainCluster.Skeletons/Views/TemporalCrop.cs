namespace PretrainCluster.Skeletons.Views;

/// <summary>The frames of a clip that a view is made of.</summary>
public readonly record struct TemporalCrop(int Start, int Length)
{
    /// <summary>As in MAMP: a part uniform in [min, max] of the frames, not shorter than the least number of frames where the clip has them, anywhere.</summary>
    public static TemporalCrop Draw(CropPlan plan, int frames, ref CounterRandom random)
    {
        var part = random.NextDouble(plan.Min, plan.Max);
        var length = Math.Min(Math.Max((int)Math.Floor(frames * part), plan.MinFrames), frames);
        return new(random.Next(frames - length + 1), length);
    }

    /// <summary>The same number of frames cut at both ends, rounded down.</summary>
    public static TemporalCrop Centred(double part, int frames)
    {
        var cut = (int)((1 - part) * frames / 2);
        return new(cut, frames - 2 * cut);
    }
}
