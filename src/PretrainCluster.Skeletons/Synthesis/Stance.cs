namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>
/// What a body does besides the motion: how it stands, where it holds the limbs that are free, how it sways, and a limb that moves for no reason.
/// </summary>
sealed class Stance
{
    const int Channels = 18;

    readonly double[] _offset = new double[Channels], _sway = new double[Channels], _frequency = new double[Channels], _start = new double[Channels];
    readonly double _fidgetTime, _fidgetSeconds, _fidgetSize;
    readonly int _fidgetLimb;

    /// <param name="variation">How far stances differ.</param>
    /// <param name="distraction">How far the body sways and fidgets.</param>
    /// <param name="seconds">The clip's length.</param>
    /// <param name="random">The clip's stream.</param>
    public Stance(double variation, double distraction, double seconds, ref CounterRandom random)
    {
        for (var channel = 0; channel < Channels; channel++)
        {
            _offset[channel] = variation * random.NextGaussian();
            _sway[channel] = distraction * random.NextGaussian();
            _frequency[channel] = random.NextDouble(0.15, 0.6);
            _start[channel] = random.NextDouble(0, Math.Tau);
        }
        _fidgetLimb = random.Next(5);
        _fidgetSeconds = random.NextDouble(0.6, 1.4);
        _fidgetTime = random.NextDouble(-0.3, Math.Max(0.1, seconds - 0.5));
        _fidgetSize = distraction * random.NextDouble(0.12, 0.6);
    }

    /// <summary>The posture at a time, before the motion is added.</summary>
    public BodyPose At(double seconds)
    {
        var pose = new BodyPose
        {
            PelvisYaw = Value(0, seconds, 0, 0.018),
            PelvisRoll = Value(1, seconds, 0.057, 0.009),
            SpinePitch = 0.03 + Value(2, seconds, 0.15, 0.015),
            SpineRoll = Value(3, seconds, 0.095, 0.015),
            SpineYaw = Value(4, seconds, 0.23, 0.024),
            HeadPitch = Value(5, seconds, 0.23, 0.03),
            HeadYaw = Value(6, seconds, 0.38, 0.048),
        };
        SetArm(ref pose.LeftArm, 7, seconds);
        SetArm(ref pose.RightArm, 11, seconds);
        SetLegs(pose, seconds);
        Fidget(pose, seconds);
        return pose;
    }

    void SetArm(ref ArmPose arm, int channel, double seconds)
    {
        arm.Elevation = 0.12 + Math.Abs(Value(channel, seconds, 0.57, 0.03));
        arm.Azimuth = 0.7 + Value(channel + 1, seconds, 1.14, 0.048);
        arm.Elbow = 0.2 + Math.Abs(Value(channel + 2, seconds, 1.14, 0.048));
        arm.Twist = Value(channel + 3, seconds, 0.76, 0.03);
    }

    void SetLegs(BodyPose pose, double seconds)
    {
        var spread = 0.06 + Math.Abs(Value(15, seconds, 0.13, 0.006));
        var stagger = Value(16, seconds, 0.23, 0.009);
        var bend = Math.Abs(Value(17, seconds, 0.15, 0.009));
        foreach (var (side, sign) in (ReadOnlySpan<(Side, int)>)[(Side.Left, 1), (Side.Right, -1)])
        {
            ref var leg = ref pose.Leg(side);
            leg.Abduction = spread;
            leg.Flexion = bend + sign * stagger;
            leg.Knee = 2 * bend;
            leg.Ankle = -bend;
        }
    }

    void Fidget(BodyPose pose, double seconds)
    {
        var phase = (seconds - _fidgetTime) / _fidgetSeconds;
        if (phase is <= 0 or >= 1)
            return;
        var size = _fidgetSize * Envelope.Peak(phase, 0.5);
        switch (_fidgetLimb)
        {
            case 0:
                pose.LeftArm.Elevation += 0.7 * size;
                pose.LeftArm.Elbow += 0.9 * size;
                break;
            case 1:
                pose.LeftArm.Elbow += 1.4 * size;
                break;
            case 2:
                pose.HeadYaw += 0.8 * size;
                pose.SpineYaw += 0.2 * size;
                break;
            case 3:
                pose.LeftLeg.Flexion += 0.4 * size;
                pose.LeftLeg.Knee += 0.7 * size;
                break;
            default:
                pose.SpineRoll += 0.2 * size;
                pose.PelvisRoll -= 0.1 * size;
                break;
        }
    }

    double Value(int channel, double seconds, double spread, double sway) =>
        spread * _offset[channel] + sway * _sway[channel] * Math.Sin(Math.Tau * _frequency[channel] * seconds + _start[channel]);
}
