using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Learning.Weights;

/// <summary>A tensor's copy in this process's own memory, ready to be written.</summary>
/// <param name="Name">its public name</param>
/// <param name="Type">element type</param>
/// <param name="Shape">row-major</param>
/// <param name="Data">elements, little-endian</param>
public sealed record HostTensor(string Name, TensorType Type, long[] Shape, ReadOnlyMemory<byte> Data);
