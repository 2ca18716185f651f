using System.Collections;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>Sample indices of one side of a split, memory-mapped: a list of ten million costs nothing until it is walked.</summary>
public sealed class SampleIndices : IReadOnlyList<long>
{
    readonly SafeTensorsFile _file;
    readonly string _tensor;
    readonly long _samples;

    internal SampleIndices(SafeTensorsFile file, string tensor, long count, long samples)
    {
        (_file, _tensor, _samples) = (file, tensor, samples);
        if (!file.Tensors.TryGetValue(tensor, out var info) || info.Type != TensorType.I64 || info.Shape is not [var written] || written != count || count > int.MaxValue)
            throw new InputException($"{file.Path}: '{tensor}' is not the list of {count} sample indices that dataset.json describes; make the dataset anew.");
        Count = (int)count;
    }

    public int Count { get; }

    /// <exception cref="InputException">The file names a sample that the dataset does not have.</exception>
    public long this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return Checked(_file.Read<long>(_tensor, index, 1)[0]);
        }
    }

    public IEnumerator<long> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    long Checked(long sample) => sample >= 0 && sample < _samples ? sample
        : throw new InputException($"{_file.Path}: '{_tensor}' names sample {sample} of {_samples}; the file is damaged, make the dataset anew.");
}
