namespace PretrainCluster.Skeletons.Formats.Ntu;

/// <summary>A body in one frame of a .skeleton file.</summary>
/// <param name="Id">The Kinect's 64-bit tracking id.</param>
/// <param name="Joints">[25, 3], metres in camera space, as precise as the text.</param>
public sealed record NtuBody(ulong Id, double[] Joints);

/// <summary>What a .skeleton file holds: the bodies of each frame in the order of the file. A frame may have none.</summary>
public sealed record NtuSequence(string Name, IReadOnlyList<IReadOnlyList<NtuBody>> Frames)
{
    public const int Joints = 25;
}
