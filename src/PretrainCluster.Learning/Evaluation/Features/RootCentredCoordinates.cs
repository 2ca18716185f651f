namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>No encoder at all: a view's coordinates relative to the person's root joint in the same frame, flattened; an absent person stays zero.</summary>
public sealed class RootCentredCoordinates(int persons, int frames, int joints, int root) : IClipEncoder
{
    public int Width { get; } = checked(persons * frames * joints * 3);

    public void Encode(float[] views, int clips, Span<float> features)
    {
        views.AsSpan(0, clips * Width).CopyTo(features);
        for (var start = 0; start < clips * Width; start += joints * 3)
        {
            var pose = features.Slice(start, joints * 3);
            var (x, y, z) = (pose[3 * root], pose[3 * root + 1], pose[3 * root + 2]);
            for (var at = 0; at < pose.Length; at += 3)
            {
                pose[at] -= x;
                pose[at + 1] -= y;
                pose[at + 2] -= z;
            }
        }
    }
}
