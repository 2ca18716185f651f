namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>The body's own left and right.</summary>
enum Side
{
    Left,
    Right,
}
