using System.Runtime.InteropServices;

namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>A frozen encoder.</summary>
/// <param name="encoder">its weights must not change meanwhile</param>
/// <param name="clip">a view</param>
/// <param name="device">where the encoder is; null for the CPU</param>
public sealed class SkeletonClipEncoder(SkeletonEncoder encoder, ClipShape clip, Device? device = null) : IClipEncoder
{
    public int Width => encoder.Width;

    public void Encode(float[] views, int clips, Span<float> features)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var batch = tensor(views, [clips, clip.Persons, clip.Frames, clip.Joints, 3], device: device);
        MemoryMarshal.Cast<byte, float>(encoder.Features(batch).cpu().contiguous().bytes).CopyTo(features);
    }
}
