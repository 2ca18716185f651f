using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Core;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Weights;

/// <summary>An encoder's weights as a safetensors file under the public implementation's names.</summary>
public static class EncoderWeights
{
    /// <summary>Writes the encoder's weights, atomically.</summary>
    public static void Save(SkeletonTransformer encoder, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        NamedTensors.Write(path, Snapshot(encoder), metadata);

    /// <summary>Loads weights into an encoder of the same size; the file may hold a decoder or a head besides, which is left alone.</summary>
    /// <exception cref="InputException">The file is damaged, or of another encoder; the encoder keeps the weights it had.</exception>
    public static void Load(SkeletonTransformer encoder, string path)
    {
        using var file = SafeTensorsFile.Open(path);
        Load(encoder, file);
    }

    /// <inheritdoc cref="Load(SkeletonTransformer, string)"/>
    public static void Load(SkeletonTransformer encoder, SafeTensorsFile file)
    {
        var (plan, grid) = (encoder.Plan, encoder.Grid);
        var what = $"encoder of width {plan.Width}, depth {plan.Depth}, {grid.FrameCount} frames, {grid.JointCount} joints and patches of {grid.PatchFrames} x {grid.PatchJoints}";
        NamedTensors.Restore(file, Named(encoder), what, IsNotOfAnEncoder);
    }

    /// <summary>The digest of <see cref="NamedTensors.Sha256"/> over the encoder's weights.</summary>
    public static string Sha256(SkeletonTransformer encoder) => NamedTensors.Sha256(Snapshot(encoder));

    static IReadOnlyList<HostTensor> Snapshot(SkeletonTransformer encoder) => NamedTensors.Snapshot(Named(encoder));

    static (string, Tensor)[] Named(SkeletonTransformer encoder) => [.. encoder.Weights.Select(weight => (weight.Name, (Tensor)weight.Parameter))];

    static bool IsNotOfAnEncoder(string name) =>
        name == "mask_token" || name.StartsWith("decoder_", StringComparison.Ordinal) || name.StartsWith("head.", StringComparison.Ordinal);
}
