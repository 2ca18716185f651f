using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PretrainCluster.Skeletons.Views;

/// <summary>Linear resizing along time, as torch's interpolate does it (bilinear, align_corners false), in the same single precision.</summary>
/// <param name="sourceFrames">Frames that there are.</param>
/// <param name="frames">Frames that are wanted.</param>
readonly struct TemporalResize(int sourceFrames, int frames)
{
    readonly float _scale = (float)sourceFrames / frames;

    /// <summary>Writes one frame of the result.</summary>
    /// <param name="frame">Its index.</param>
    /// <param name="source">The source's first frame.</param>
    /// <param name="stride">Floats from one frame of the source to the next.</param>
    /// <param name="destination">The frame's values; as many are read.</param>
    public void Row(int frame, ReadOnlySpan<float> source, int stride, Span<float> destination)
    {
        var position = MathF.Max(_scale * (frame + 0.5f) - 0.5f, 0);
        var lower = Math.Min((int)position, sourceFrames - 1);
        var upper = Math.Min(lower + 1, sourceFrames - 1);
        var weight = Math.Clamp(position - lower, 0, 1);
        Blend(source.Slice(lower * stride, destination.Length), 1 - weight, source.Slice(upper * stride, destination.Length), weight, destination);
    }

    static void Blend(ReadOnlySpan<float> a, float weightA, ReadOnlySpan<float> b, float weightB, Span<float> destination)
    {
        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        ref var result = ref MemoryMarshal.GetReference(destination);
        var (vectorA, vectorB) = (new Vector<float>(weightA), new Vector<float>(weightB));
        var i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var blended = Vector.FusedMultiplyAdd(vectorB, Vector.LoadUnsafe(ref right, (nuint)i), vectorA * Vector.LoadUnsafe(ref left, (nuint)i));
            blended.StoreUnsafe(ref result, (nuint)i);
        }
        for (; i < destination.Length; i++)
            Unsafe.Add(ref result, i) = MathF.FusedMultiplyAdd(weightB, Unsafe.Add(ref right, i), weightA * Unsafe.Add(ref left, i));
    }
}

/// <summary>The frames of a clip that a view is made of.</summary>
public readonly record struct TemporalCrop(int Start, int Length)
{
    /// <summary>As in MAMP: a part uniform in [min, max] of the frames, not shorter than the least number of frames where the clip has them, anywhere.</summary>
    public static TemporalCrop Draw(CropPlan plan, int frames, ref CounterRandom random)
    {
        var part = random.NextDouble(plan.Min, plan.Max);
        var length = Math.Min(Math.Max((int)Math.Floor(frames * part), plan.MinFrames), frames);
        return new(random.Next(frames - length + 1), length);
    }

    /// <summary>The same number of frames cut at both ends, rounded down.</summary>
    public static TemporalCrop Centred(double part, int frames)
    {
        var cut = (int)((1 - part) * frames / 2);
        return new(cut, frames - 2 * cut);
    }
}
