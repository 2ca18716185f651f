namespace PretrainCluster.Training.Batches;

/// <summary>A clip as the encoder sees it: [persons, frames, joints, 3].</summary>
public readonly record struct ClipShape(int Persons, int Frames, int Joints)
{
    /// <summary>Numbers in it.</summary>
    public int Length => Persons * Frames * Joints * 3;
}
