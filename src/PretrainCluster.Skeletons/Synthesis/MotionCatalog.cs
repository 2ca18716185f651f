using static PretrainCluster.Skeletons.Synthesis.Envelope;

namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>
/// The classes. Some differ in direction alone (swipes, circles), some in one limb or two (wave and clap, punch and push), some in pace or how far (squat and jump),
/// as in the field's benchmarks.
/// </summary>
static class MotionCatalog
{
    public static IReadOnlyList<MotionClass> Classes { get; } =
    [
        new("swipe left", 1.2, (phase, style, pose) => Swipe(phase, style, pose, towardsLeft: true)),
        new("swipe right", 1.2, (phase, style, pose) => Swipe(phase, style, pose, towardsLeft: false)),
        new("circle clockwise", 1.8, (phase, style, pose) => Circle(phase, style, pose, 1)),
        new("circle counter-clockwise", 1.8, (phase, style, pose) => Circle(phase, style, pose, -1)),
        new("wave", 1.9, Wave),
        new("clap", 1.7, Clap),
        new("punch", 1.1, (phase, style, pose) => Extend(Side.Right, phase, style, pose)),
        new("push", 1.4, Push),
        new("throw", 1.4, Throw),
        new("raise arms", 1.8, RaiseArms),
        new("squat", 1.7, Squat),
        new("jump", 1.4, Jump),
        new("kick", 1.3, Kick),
        new("bow", 1.8, Bow),
        new("turn", 1.9, Turn),
    ];

    static void Swipe(double phase, MotionStyle style, BodyPose pose, bool towardsLeft)
    {
        var hold = Hold(phase, 0.25);
        var across = Rise(phase, 0.25 + style.Skew, 0.75 + style.Skew);
        var progress = towardsLeft ? across : 1 - across;
        ref var arm = ref pose.Arm(Side.Right);
        Reach(ref arm, hold, elevation: 1.45, azimuth: (0.95 - 1.6 * progress) * style.Size, elbow: 0.35);
        pose.SpineYaw += hold * 0.25 * (progress - 0.5) * style.Size;
    }

    static void Circle(double phase, MotionStyle style, BodyPose pose, int direction)
    {
        var hold = Hold(phase, 0.15);
        var angle = direction * Math.Tau * style.Cycles * phase;
        ref var arm = ref pose.Arm(Side.Right);
        Reach(ref arm, hold, elevation: 1.5 + 0.5 * style.Size * Math.Cos(angle), azimuth: 0.1 + 0.5 * style.Size * Math.Sin(angle), elbow: 0.3);
    }

    static void Wave(double phase, MotionStyle style, BodyPose pose)
    {
        ref var arm = ref pose.Arm(Side.Right);
        Reach(ref arm, Hold(phase), elevation: 1.9, azimuth: 1.0, elbow: 1.1 + 0.5 * style.Size * Math.Sin(Math.Tau * (style.Cycles + 1) * phase));
        arm.Twist += Hold(phase) * 0.4;
    }

    static void Clap(double phase, MotionStyle style, BodyPose pose)
    {
        var open = 0.5 - 0.5 * Math.Cos(Math.Tau * (style.Cycles + 2) * phase);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
            Reach(ref pose.Arm(side), Hold(phase), elevation: 1.1, azimuth: -0.35 + 0.6 * style.Size * open, elbow: 0.7);
    }

    static void Extend(Side side, double phase, MotionStyle style, BodyPose pose)
    {
        var reach = Peak(phase, 0.5 + style.Skew);
        ref var arm = ref pose.Arm(side);
        Reach(ref arm, Hold(phase, 0.2), elevation: 0.5 + 0.95 * reach * style.Size, azimuth: 0.1, elbow: 2.0 * (1 - reach));
        pose.SpineYaw += (side == Side.Right ? 0.25 : -0.25) * reach * style.Size;
    }

    static void Push(double phase, MotionStyle style, BodyPose pose)
    {
        Extend(Side.Right, phase, style, pose);
        Extend(Side.Left, phase, style, pose);
    }

    static void Throw(double phase, MotionStyle style, BodyPose pose)
    {
        var cock = Hold(phase, 0.25);
        var release = Rise(phase, 0.4 + style.Skew, 0.65 + style.Skew);
        ref var arm = ref pose.Arm(Side.Right);
        Reach(ref arm, cock, elevation: 2.3 - 1.2 * release * style.Size, azimuth: 1.2 - 1.3 * release, elbow: 1.5 * (1 - release));
        pose.SpineYaw += cock * (-0.3 + 0.6 * release) * style.Size;
        pose.SpinePitch += 0.2 * release * cock;
        pose.Forward += 0.12 * release * cock;
    }

    static void RaiseArms(double phase, MotionStyle style, BodyPose pose)
    {
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
            Reach(ref pose.Arm(side), Hold(phase, 0.35), elevation: 2.6 * Math.Min(style.Size, 1.15), azimuth: 1.3, elbow: 0.1);
    }

    static void Squat(double phase, MotionStyle style, BodyPose pose) => Crouch(pose, Hold(phase, 0.4) * style.Size);

    static void Jump(double phase, MotionStyle style, BodyPose pose)
    {
        Crouch(pose, 0.55 * style.Size * (Hump(phase, 0.05, 0.4) + Hump(phase, 0.62, 0.95)));
        var flight = Math.Clamp((phase - 0.33) / 0.34, 0, 1);
        pose.Lift += 1.2 * style.Size * flight * (1 - flight);
        var swing = Hump(phase, 0.2, 0.7);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
            pose.Arm(side).Elevation += 0.9 * swing * style.Size;
    }

    static void Kick(double phase, MotionStyle style, BodyPose pose)
    {
        var swing = Peak(phase, 0.5 + style.Skew);
        ref var leg = ref pose.Leg(Side.Right);
        leg.Flexion += -0.5 * Hump(phase, 0, 0.35) + 1.25 * style.Size * swing;
        leg.Knee += 1.0 * Hump(phase, 0.02, 0.5);
        pose.SpinePitch -= 0.15 * swing;
    }

    static void Bow(double phase, MotionStyle style, BodyPose pose)
    {
        var down = Hold(phase, 0.4) * style.Size;
        pose.PelvisPitch += 0.35 * down;
        pose.SpinePitch += 0.75 * down;
        pose.HeadPitch += 0.2 * down;
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
            pose.Leg(side).Flexion += 0.35 * down;
    }

    static void Turn(double phase, MotionStyle style, BodyPose pose)
    {
        var half = Rise(phase, 0.05, 0.95);
        pose.PelvisYaw += Math.PI * half * style.Size;
        foreach (var (side, sign) in (ReadOnlySpan<(Side, int)>)[(Side.Left, 1), (Side.Right, -1)])
        {
            var step = Math.Max(0, sign * Math.Sin(Math.Tau * (style.Cycles + 1) * half));
            pose.Leg(side).Flexion += 0.45 * step;
            pose.Leg(side).Knee += 0.8 * step;
        }
    }

    static void Crouch(BodyPose pose, double depth)
    {
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right])
        {
            ref var leg = ref pose.Leg(side);
            leg.Flexion += 1.35 * depth;
            leg.Knee += 2.0 * depth;
            leg.Ankle -= 0.6 * depth;
        }
        pose.SpinePitch += 0.45 * depth;
    }

    static double Hump(double phase, double start, double end) => phase <= start || phase >= end ? 0 : Peak((phase - start) / (end - start), 0.5);

    /// <summary>Blends an arm from where the stance holds it to where the motion wants it.</summary>
    static void Reach(ref ArmPose arm, double share, double elevation, double azimuth, double elbow)
    {
        arm.Elevation += share * (elevation - arm.Elevation);
        arm.Azimuth += share * (azimuth - arm.Azimuth);
        arm.Elbow += share * (elbow - arm.Elbow);
        arm.Twist -= share * arm.Twist;
    }
}

/// <summary>How one repetition of a motion is carried out.</summary>
/// <param name="Size">Multiple of the usual extent.</param>
/// <param name="Cycles">How often a rhythmic motion swings.</param>
/// <param name="Skew">Where the middle of the motion lies, as an offset of its phase.</param>
readonly record struct MotionStyle(double Size, int Cycles, double Skew);

/// <summary>Adds a motion to a posture.</summary>
/// <param name="phase">0 when it begins, 1 when it has ended; the posture is the one before at both.</param>
/// <param name="style">How this repetition differs.</param>
/// <param name="pose">Changed in place.</param>
delegate void MotionPattern(double phase, MotionStyle style, BodyPose pose);

/// <summary>A class of motions.</summary>
/// <param name="Name">The class's name.</param>
/// <param name="Seconds">Usual duration of one repetition.</param>
/// <param name="Pattern">What the body does.</param>
sealed record MotionClass(string Name, double Seconds, MotionPattern Pattern);

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
