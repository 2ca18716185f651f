namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>Angles of an arm in radians; all zero is hanging down.</summary>
struct ArmPose
{
    /// <summary>0 down, pi/2 horizontal, pi up.</summary>
    public double Elevation;

    /// <summary>Where an elevated arm points: 0 forward, pi/2 outward, negative across the body.</summary>
    public double Azimuth;

    /// <summary>About the upper arm, outward.</summary>
    public double Twist;

    public double Elbow;
    public double Wrist;
}

/// <summary>Angles of a leg in radians; all zero is standing straight.</summary>
struct LegPose
{
    /// <summary>Of the thigh, forward.</summary>
    public double Flexion;

    /// <summary>Of the thigh, outward.</summary>
    public double Abduction;

    public double Knee;
    public double Ankle;
}

/// <summary>A posture of the whole body: angles in radians, distances in metres.</summary>
sealed class BodyPose
{
    public double PelvisYaw, PelvisPitch, PelvisRoll;
    public double SpinePitch, SpineRoll, SpineYaw;
    public double HeadPitch, HeadYaw;
    public double Forward;

    /// <summary>Of the lower foot above the ground.</summary>
    public double Lift;

    public ArmPose LeftArm, RightArm;
    public LegPose LeftLeg, RightLeg;

    public ref ArmPose Arm(Side side) => ref side == Side.Left ? ref LeftArm : ref RightArm;

    public ref LegPose Leg(Side side) => ref side == Side.Left ? ref LeftLeg : ref RightLeg;
}
