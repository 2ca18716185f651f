using System.Numerics;

namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>
/// Lengths of a body's segments in metres, and forward kinematics to the 25 joints of <see cref="JointLayouts.KinectV2"/>.
/// The body's own frame: x to its left, y up, z where it faces; the ground is y = 0.
/// </summary>
sealed record BodyModel(
    float Spine, float Chest, float Neck, float Head, float ShoulderWidth, float UpperArm, float Forearm, float Hand,
    float HipWidth, float Thigh, float Shank, float Foot)
{
    public static BodyModel Average { get; } = new(0.28f, 0.22f, 0.09f, 0.14f, 0.18f, 0.29f, 0.26f, 0.08f, 0.09f, 0.42f, 0.41f, 0.14f);

    /// <summary>A body of another height and other proportions.</summary>
    public static BodyModel Draw(double variation, ref CounterRandom random)
    {
        var height = 1 + 0.12 * variation * random.NextDouble(-1, 1);
        var arms = height * (1 + 0.07 * variation * random.NextDouble(-1, 1));
        var legs = height * (1 + 0.07 * variation * random.NextDouble(-1, 1));
        var width = height * (1 + 0.12 * variation * random.NextDouble(-1, 1));
        var average = Average;
        return new(
            (float)(average.Spine * height), (float)(average.Chest * height), (float)(average.Neck * height), (float)(average.Head * height),
            (float)(average.ShoulderWidth * width), (float)(average.UpperArm * arms), (float)(average.Forearm * arms), (float)(average.Hand * arms),
            (float)(average.HipWidth * width), (float)(average.Thigh * legs), (float)(average.Shank * legs), (float)(average.Foot * legs));
    }

    /// <summary>Positions of the joints, in metres.</summary>
    /// <param name="pose">The posture.</param>
    /// <param name="joints">25 positions.</param>
    public void Place(BodyPose pose, Span<Vector3> joints)
    {
        var pelvis = Turn(Vector3.UnitY, pose.PelvisYaw) * Turn(Vector3.UnitX, pose.PelvisPitch) * Turn(Vector3.UnitZ, pose.PelvisRoll);
        var chest = pelvis * Turn(Vector3.UnitY, pose.SpineYaw) * Turn(Vector3.UnitX, pose.SpinePitch) * Turn(Vector3.UnitZ, pose.SpineRoll);
        var head = chest * Turn(Vector3.UnitY, pose.HeadYaw) * Turn(Vector3.UnitX, pose.HeadPitch);
        joints[0] = Vector3.Zero;
        joints[1] = Vector3.Transform(new(0, Spine, 0), Quaternion.Slerp(pelvis, chest, 0.5f));
        joints[20] = joints[1] + Vector3.Transform(new(0, Chest, 0), chest);
        joints[2] = joints[20] + Vector3.Transform(new(0, Neck, 0), head);
        joints[3] = joints[2] + Vector3.Transform(new(0, Head, 0), head);
        PlaceArm(pose.LeftArm, 1, chest, joints[20], joints.Slice(4, 4), joints.Slice(21, 2));
        PlaceArm(pose.RightArm, -1, chest, joints[20], joints.Slice(8, 4), joints.Slice(23, 2));
        PlaceLeg(pose.LeftLeg, 1, pelvis, joints.Slice(12, 4));
        PlaceLeg(pose.RightLeg, -1, pelvis, joints.Slice(16, 4));
        StandOnGround(pose, joints);
    }

    void PlaceArm(ArmPose arm, int outward, Quaternion chest, Vector3 neck, Span<Vector3> joints, Span<Vector3> fingers)
    {
        var upper = chest * Turn(Vector3.UnitY, outward * arm.Azimuth) * Turn(Vector3.UnitX, -arm.Elevation) * Turn(Vector3.UnitY, outward * arm.Twist);
        var fore = upper * Turn(Vector3.UnitX, -arm.Elbow);
        var hand = fore * Turn(Vector3.UnitX, -arm.Wrist);
        joints[0] = neck + Vector3.Transform(new(outward * ShoulderWidth, -0.03f, 0), chest);
        joints[1] = joints[0] + Vector3.Transform(new(0, -UpperArm, 0), upper);
        joints[2] = joints[1] + Vector3.Transform(new(0, -Forearm, 0), fore);
        joints[3] = joints[2] + Vector3.Transform(new(0, -Hand, 0), hand);
        fingers[0] = joints[3] + Vector3.Transform(new(0, -Hand, 0), hand);
        fingers[1] = joints[2] + Vector3.Transform(new(-outward * 0.4f * Hand, -Hand, 0.5f * Hand), hand);
    }

    void PlaceLeg(LegPose leg, int outward, Quaternion pelvis, Span<Vector3> joints)
    {
        var thigh = pelvis * Turn(Vector3.UnitZ, outward * leg.Abduction) * Turn(Vector3.UnitX, -leg.Flexion);
        var shank = thigh * Turn(Vector3.UnitX, leg.Knee);
        var foot = shank * Turn(Vector3.UnitX, leg.Ankle);
        joints[0] = Vector3.Transform(new(outward * HipWidth, -0.04f, 0), pelvis);
        joints[1] = joints[0] + Vector3.Transform(new(0, -Thigh, 0), thigh);
        joints[2] = joints[1] + Vector3.Transform(new(0, -Shank, 0), shank);
        joints[3] = joints[2] + Vector3.Transform(new(0, -0.05f, Foot), foot);
    }

    static void StandOnGround(BodyPose pose, Span<Vector3> joints)
    {
        var lowest = Math.Min(Math.Min(joints[14].Y, joints[15].Y), Math.Min(joints[18].Y, joints[19].Y));
        var shift = new Vector3(0, (float)pose.Lift - lowest, (float)pose.Forward);
        foreach (ref var joint in joints)
            joint += shift;
    }

    static Quaternion Turn(Vector3 axis, double angle) => Quaternion.CreateFromAxisAngle(axis, (float)angle);
}

/// <summary>The body's own left and right.</summary>
enum Side
{
    Left,
    Right,
}

/// <summary>One person: how built, how fast, how sweeping in movement.</summary>
sealed record SubjectModel(BodyModel Body, double Tempo, double Size)
{
    public static SubjectModel Draw(double variation, ref CounterRandom random) => new(
        BodyModel.Draw(variation, ref random),
        Math.Exp(0.2 * variation * random.NextDouble(-1, 1)),
        1 + 0.15 * variation * random.NextDouble(-1, 1));
}

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
