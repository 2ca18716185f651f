using System.Numerics;

namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>What a depth camera makes of a body: noise, and limbs that it does not see for a while.</summary>
static class Sensor
{
    /// <summary>Joints that go out of sight together.</summary>
    static readonly int[][] Limbs = [[5, 6, 7, 21, 22], [9, 10, 11, 23, 24], [13, 14, 15], [17, 18, 19], [6, 7, 21, 22], [10, 11, 23, 24]];

    /// <summary>Distal joints are tracked less well.</summary>
    static readonly bool[] Unsteady = [.. Enumerable.Range(0, 25).Select(joint => joint is 6 or 7 or 10 or 11 or 14 or 15 or 18 or 19 or >= 21)];

    /// <param name="frames">[frames][25] positions in metres, changed in place.</param>
    /// <param name="noise">Standard deviation in metres.</param>
    /// <param name="occlusion">Chance that a limb is occluded.</param>
    /// <param name="random">The clip's stream.</param>
    public static void Observe(Vector3[][] frames, double noise, double occlusion, ref CounterRandom random)
    {
        if (random.NextDouble() < occlusion)
            Occlude(frames, ref random);
        if (noise == 0)
            return;
        foreach (var frame in frames)
        {
            for (var joint = 0; joint < frame.Length; joint++)
                frame[joint] += Jump(noise * (Unsteady[joint] ? 1.5 : 1), ref random);
        }
    }

    static void Occlude(Vector3[][] frames, ref CounterRandom random)
    {
        var limb = Limbs[random.Next(Limbs.Length)];
        var length = Math.Max(1, (int)(frames.Length * random.NextDouble(0.1, 0.35)));
        var start = random.Next(Math.Max(1, frames.Length - length));
        var held = random.NextDouble() < 0.5;
        for (var frame = start; frame < Math.Min(start + length, frames.Length); frame++)
        {
            foreach (var joint in limb)
                frames[frame][joint] = held ? frames[start][joint] : frames[frame][joint] + Jump(0.08, ref random);
        }
    }

    static Vector3 Jump(double deviation, ref CounterRandom random) =>
        new((float)(deviation * random.NextGaussian()), (float)(deviation * random.NextGaussian()), (float)(deviation * random.NextGaussian()));
}
