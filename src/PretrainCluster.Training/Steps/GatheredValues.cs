namespace PretrainCluster.Training.Steps;

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
