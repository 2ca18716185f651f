using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Learning.Weights;

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
