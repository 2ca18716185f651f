namespace PretrainCluster.Learning.Encoders;

/// <summary>Windows that Hi-TRS (Chen et al., ECCV 2022) cuts a view into, as its public code has them: over the frames and half a window of empty ones at either end.</summary>
/// <param name="Frames">of the view</param>
/// <param name="Size">frames of a window</param>
/// <param name="Stride">from the beginning of a window to that of the next</param>
/// <param name="Dilation">from a frame of a window to the next</param>
public readonly record struct FrameWindows(int Frames, int Size, int Stride, int Dilation)
{
    /// <summary>Places that its video level has.</summary>
    public const int Most = 200;

    /// <summary>Joints of a window at most: each pair of them has a place in its clip level's mask.</summary>
    public const int MostJoints = 4096;

    public static FrameWindows Of(HiTrs.Settings plan, int frames) => new(frames, plan.WindowFrames, plan.WindowStride, plan.WindowDilation);

    /// <summary>Empty frames at either end.</summary>
    public int Padding => Size / 2 * Dilation;

    /// <summary>Frames and empty ones.</summary>
    public int PaddedFrames => Frames + 2 * Padding;

    /// <summary>The frames of each window, among <see cref="PaddedFrames"/>; the last is repeated where a window reaches beyond it.</summary>
    public IReadOnlyList<int[]> Cut()
    {
        var (windows, last) = (new List<int[]>(), PaddedFrames - 1);
        for (var start = 0; ; start += Stride)
        {
            var window = new int[Size];
            for (var i = 0; i < Size; i++)
                window[i] = Math.Min(start + i * Dilation, last);
            windows.Add(window);
            if (window[^1] >= last - Padding && start + Stride + (Size - 1) * Dilation > last)
                return windows;
        }
    }
}
