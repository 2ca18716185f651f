namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>Smooth courses between 0 and 1 over a motion's phase.</summary>
static class Envelope
{
    /// <summary>From 0 at <paramref name="start"/> to 1 at <paramref name="end"/>, without a jerk at either.</summary>
    public static double Rise(double phase, double start, double end)
    {
        var x = Math.Clamp((phase - start) / (end - start), 0, 1);
        return x * x * x * (x * (6 * x - 15) + 10);
    }

    /// <summary>Up during the first <paramref name="edge"/> of the motion, down during the last.</summary>
    public static double Hold(double phase, double edge = 0.2) => Rise(phase, 0, edge) * (1 - Rise(phase, 1 - edge, 1));

    /// <summary>0 at both ends, 1 at <paramref name="peak"/>.</summary>
    public static double Peak(double phase, double peak) => Rise(phase, 0, peak) * (1 - Rise(phase, peak, 1));
}
