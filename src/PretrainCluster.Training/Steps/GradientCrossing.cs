using System.Runtime.InteropServices;

namespace PretrainCluster.Training.Steps;

/// <summary>
/// Gradients between a device and the host's memory, where they are summed. Those of a GPU cross through one block of page-locked memory, in one
/// transfer: of ordinary memory the driver would make a copy first, for each weight. Not for two threads at a time where there is such a block.
/// </summary>
sealed class GradientCrossing : IDisposable
{
    readonly Device _device;
    readonly int[] _offsets;
    readonly Tensor? _block;

    /// <param name="lengths">numbers of each weight, in the order of the gradients</param>
    /// <param name="throughBlock">whether they cross through a block, which is page-locked if the device is a GPU</param>
    public GradientCrossing(IReadOnlyList<long> lengths, Device device, bool throughBlock)
    {
        _device = device;
        _offsets = new int[lengths.Count + 1];
        for (var i = 0; i < lengths.Count; i++)
            _offsets[i + 1] = checked(_offsets[i] + (int)lengths[i]);
        if (!throughBlock || Length == 0)
            return;
        using var scope = NewDisposeScope();
        var block = empty([Length], ScalarType.Float32);
        _block = (device.type == DeviceType.CUDA ? block.pin_memory() : block).DetachFromDisposeScope();
    }

    /// <summary>Numbers of all weights.</summary>
    public int Length => _offsets[^1];

    /// <summary>Copies gradients, of any floating type, to the host one after another.</summary>
    public void Fetch(IReadOnlyList<Tensor> gradients, Span<float> to)
    {
        if (_block is { } block)
        {
            block.copy_(cat([.. gradients.Select(gradient => gradient.to(ScalarType.Float32).reshape(-1))]));
            MemoryMarshal.Cast<byte, float>(block.bytes).CopyTo(to);
            return;
        }
        for (var i = 0; i < gradients.Count; i++)
        {
            var onHost = gradients[i].to(ScalarType.Float32).contiguous();
            MemoryMarshal.Cast<byte, float>(onHost.bytes).CopyTo(to[_offsets[i]..]);
        }
    }

    /// <summary>The numbers as one tensor on the device; it lives in the caller's dispose scope.</summary>
    public Tensor Send(float[] from)
    {
        if (_block is not { } block)
            return tensor(from);
        block.bytes = MemoryMarshal.AsBytes(from.AsSpan(0, Length));
        return block.to(ScalarType.Float32, _device, copy: true);
    }

    /// <summary>Of what <see cref="Send"/> returned, the part of one weight.</summary>
    public Tensor Part(Tensor sent, int weight) => sent.narrow(0, _offsets[weight], _offsets[weight + 1] - _offsets[weight]);

    public void Dispose() => _block?.Dispose();
}

/// <summary>
/// Values of a step's micro-batches that every member needs whole, such as keys and embeddings. Each member fills in its own micro-batches; gathered, they
/// lie in the order of micro-batches, whoever computed them.
/// </summary>
sealed class GatheredValues
{
    readonly byte[] _storage;
    readonly bool[] _set;
    readonly int _stride;

    /// <param name="floats">values of a micro-batch</param>
    public GatheredValues(int microBatches, int floats)
    {
        (_set, _stride) = (new bool[microBatches], checked(floats * sizeof(float)));
        _storage = GC.AllocateUninitializedArray<byte>(checked(microBatches * _stride), pinned: true);
    }

    /// <summary>Whether the values of a micro-batch are known, set here or gathered.</summary>
    public bool Has(int microBatch) => _set[microBatch];

    /// <summary>Forgets what is known.</summary>
    public void Forget() => _set.AsSpan().Clear();

    /// <summary>Sets the values of one of this member's micro-batches, part after part. May be called by several threads at a time, for different ones.</summary>
    public void Set(int microBatch, IEnumerable<Tensor> values)
    {
        using var scope = NewDisposeScope();
        var place = _storage.AsSpan(microBatch * _stride, _stride);
        foreach (var part in values)
        {
            var onHost = part.detach().to(ScalarType.Float32).cpu().contiguous().bytes;
            onHost.CopyTo(place);
            place = place[onHost.Length..];
        }
        if (!place.IsEmpty)
            throw new ArgumentException($"{_stride} bytes of a micro-batch are gathered; {place.Length} of them are missing", nameof(values));
        _set[microBatch] = true;
    }

    /// <summary>Brings the members' values together.</summary>
    /// <exception cref="ExchangeException">The exchange broke.</exception>
    public void Gather(IExchange exchange)
    {
        var byRank = new Memory<byte>[exchange.WorldSize];
        for (var rank = 0; rank < byRank.Length; rank++)
        {
            var (start, end) = Shares.Of(rank, exchange.WorldSize, _set.Length);
            byRank[rank] = _storage.AsMemory(start * _stride, (end - start) * _stride);
        }
        exchange.AllGather(byRank[exchange.Rank].Span, byRank);
        _set.AsSpan().Fill(true);
    }

    /// <summary>A copy of all values, on the host: [micro-batches, values].</summary>
    public Tensor ToTensor()
    {
        var whole = empty(_set.Length, _stride / sizeof(float));
        whole.bytes = _storage;
        return whole;
    }
}
