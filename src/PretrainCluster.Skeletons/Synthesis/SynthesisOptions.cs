namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>
/// What is generated, and how hard it is. The defaults make a set on which raw coordinates and random features fail while a trained encoder succeeds
/// (docs/synthesis.md has the measurements).
/// </summary>
public sealed record SynthesisOptions
{
    public ulong Seed { get; init; } = 1;

    public int Clips { get; init; } = 900;

    /// <summary>Every third is on the test side of split xsub.</summary>
    public int Subjects { get; init; } = 24;

    /// <summary>Cameras; the first is on the test side of split xview.</summary>
    public int Cameras { get; init; } = 3;

    /// <summary>Shortest clip, in frames of 1/30 s.</summary>
    public int MinFrames { get; init; } = 40;

    /// <summary>Longest clip, in frames of 1/30 s.</summary>
    public int MaxFrames { get; init; } = 100;

    /// <summary>A clip faces anywhere within this many degrees to either side of its camera's direction.</summary>
    public double Facing { get; init; } = 40;

    /// <summary>Degrees between neighbouring cameras.</summary>
    public double CameraSpacing { get; init; } = 40;

    /// <summary>How differently subjects are built and move: 0 makes them all alike.</summary>
    public double SubjectVariation { get; init; } = 1;

    /// <summary>How differently the same subject stands and holds the limbs that the motion does not need, from clip to clip: 0 is always the same stance.</summary>
    public double StanceVariation { get; init; } = 1;

    /// <summary>How far repetitions of a motion differ in size, speed and timing: 0 makes them all alike.</summary>
    public double MotionVariation { get; init; } = 1;

    /// <summary>Sway and limb movements that have nothing to do with the class, as a multiple of the usual.</summary>
    public double Distraction { get; init; } = 1;

    /// <summary>Standard deviation of the sensor's noise, metres.</summary>
    public double Noise { get; init; } = 0.006;

    /// <summary>Chance that a limb is occluded for part of a clip: held where it was last seen, or jumping about.</summary>
    public double Occlusion { get; init; } = 0.2;

    /// <exception cref="InputException">A value is impossible.</exception>
    public void Validate()
    {
        Require(Clips is >= 1 and <= 100_000_000, "clips", Clips, "1 to 100,000,000");
        Require(Subjects is >= 3 and <= 100_000, "subjects", Subjects, "3 to 100,000");
        Require(Cameras is >= 1 and <= 100, "cameras", Cameras, "1 to 100");
        Require(MinFrames is >= 2 and <= 10_000, "min frames", MinFrames, "2 to 10,000");
        Require(MaxFrames >= MinFrames && MaxFrames <= 10_000, "max frames", MaxFrames, $"{MinFrames} (min frames) to 10,000");
        Require(Facing is >= 0 and <= 180, "facing", Facing, "0 to 180 degrees");
        Require(CameraSpacing is >= 0 and <= 180, "camera spacing", CameraSpacing, "0 to 180 degrees");
        Require(SubjectVariation is >= 0 and <= 3, "subject variation", SubjectVariation, "0 to 3");
        Require(StanceVariation is >= 0 and <= 3, "stance variation", StanceVariation, "0 to 3");
        Require(MotionVariation is >= 0 and <= 3, "motion variation", MotionVariation, "0 to 3");
        Require(Distraction is >= 0 and <= 10, "distraction", Distraction, "0 to 10");
        Require(Noise is >= 0 and <= 1, "noise", Noise, "0 to 1 metre");
        Require(Occlusion is >= 0 and <= 1, "occlusion", Occlusion, "0 to 1");
    }

    static void Require(bool holds, string what, double value, string expected)
    {
        if (!holds)
            throw new InputException($"synthesize: {what} is {value}, expected {expected}.");
    }
}
