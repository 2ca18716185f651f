using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Learning.Weights;

/// <summary>An encoder's weights as a safetensors file under the public implementation's names.</summary>
public static class EncoderWeights
{
    /// <summary>Writes the encoder's weights, atomically.</summary>
    public static void Save(SkeletonEncoder encoder, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        NamedTensors.Write(path, Snapshot(encoder), metadata);

    /// <summary>Loads weights into an encoder of the same size; the file may hold a decoder or a head besides, which is left alone.</summary>
    /// <exception cref="InputException">The file is damaged, or of another encoder; the encoder keeps the weights it had.</exception>
    public static void Load(SkeletonEncoder encoder, string path)
    {
        using var file = SafeTensorsFile.Open(path);
        Load(encoder, file);
    }

    /// <inheritdoc cref="Load(SkeletonEncoder, string)"/>
    public static void Load(SkeletonEncoder encoder, SafeTensorsFile file) =>
        NamedTensors.Restore(file, Named(encoder), encoder.Description, encoder.IsBeside);

    /// <summary>Gives an encoder the weights and running statistics of another one of the same plan.</summary>
    public static void Copy(SkeletonEncoder from, SkeletonEncoder to)
    {
        using var _ = no_grad();
        foreach (var (source, target) in Named(from).Zip(Named(to)))
            target.Item2.copy_(source.Item2);
    }

    /// <summary>The digest of <see cref="NamedTensors.Sha256"/> over the encoder's weights.</summary>
    public static string Sha256(SkeletonEncoder encoder) => NamedTensors.Sha256(Snapshot(encoder));

    static IReadOnlyList<HostTensor> Snapshot(SkeletonEncoder encoder) => NamedTensors.Snapshot(Named(encoder));

    static (string, Tensor)[] Named(SkeletonEncoder encoder) => [.. encoder.Weights.Select(weight => (weight.Name, (Tensor)weight.Parameter)), .. encoder.Buffers];
}

/// <summary>All of an objective's weights, encoder and decoder, under the public implementation's names, and the encoder's running statistics.</summary>
public static class ObjectiveWeights
{
    /// <summary>Copies to host memory; the weights may change afterwards.</summary>
    public static IReadOnlyList<HostTensor> Snapshot(Objective objective) => NamedTensors.Snapshot(Named(objective));

    /// <summary>Fills the objective's weights from a file that holds exactly them.</summary>
    /// <exception cref="InputException">The file is of another model; the objective keeps the weights it had.</exception>
    public static void Load(Objective objective, SafeTensorsFile file) => NamedTensors.Restore(file, Named(objective), "plan's model");

    /// <summary>The tensors themselves, in a fixed order.</summary>
    public static NamedState Named(Objective objective) =>
        [.. objective.Weights.Select(weight => (weight.Name, (Tensor)weight.Parameter)), .. objective.Encoder.Buffers];
}
