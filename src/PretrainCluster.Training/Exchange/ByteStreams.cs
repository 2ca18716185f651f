using System.Buffers;
using PretrainCluster.Core.Checksums;

namespace PretrainCluster.Training.Exchange;

/// <summary>Bytes to some peers and from some: all-gather and transfer. Memory stays pinned from <see cref="Send"/> or <see cref="Receive"/> to <see cref="Clear"/>.</summary>
sealed unsafe class ByteStreams(int links) : Operation
{
    const int FrameBytes = 256 << 10;

    readonly Way[] _out = new Way[links];
    readonly Way[] _in = new Way[links];
    FrameKind _kind;

    public void Begin(FrameKind kind)
    {
        _kind = kind;
        _out.AsSpan().Clear();
        _in.AsSpan().Clear();
    }

    /// <param name="data">pinned by the caller until the operation ends</param>
    public void Send(int link, Block data) => _out[link] = new() { Data = data, Open = true };

    public void Receive(int link, Memory<byte> data)
    {
        var pin = data.Pin();
        _in[link] = new() { Data = new((byte*)pin.Pointer, data.Length), Pin = pin, Open = true };
    }

    public void Clear()
    {
        foreach (ref var way in _in.AsSpan())
        {
            way.Pin.Dispose();
            way = default;
        }
        _out.AsSpan().Clear();
    }

    public override bool SendsNoMore(int link) => !_out[link].Open;

    public override bool ExpectsNoMore(int link) => !_in[link].Open;

    public override bool TryNext(int link, out Frame frame)
    {
        ref var way = ref _out[link];
        if (!way.Open)
        {
            frame = default;
            return false;
        }
        var payload = way.Data.Slice(way.Done, Math.Min(FrameBytes, way.Data.Length - way.Done));
        way.Done += payload.Length;
        way.Open = way.Done < way.Data.Length;
        frame = new(_kind, !way.Open, payload, Crc32C.Compute(payload.Bytes));
        return true;
    }

    public override bool TryAccept(int link, FrameHeader header, out Block destination)
    {
        ref var way = ref _in[link];
        if (header.Kind != _kind)
            throw new InvalidDataException($"a frame of kind {header.Kind} came where {_kind} was due");
        var missing = way.Data.Length - way.Done;
        if (header.Length > missing || header.Last != (header.Length == missing) || (header.Length == 0 && missing > 0))
            throw new InvalidDataException($"{(header.Last ? "the last" : "another")} {header.Length} bytes came where {missing} of {way.Data.Length} were due");
        destination = way.Data.Slice(way.Done, header.Length);
        return true;
    }

    public override void Arrived(int link, FrameHeader header)
    {
        ref var way = ref _in[link];
        way.Done += header.Length;
        way.Open = !header.Last;
    }

    struct Way
    {
        public Block Data;
        public MemoryHandle Pin;
        public int Done;
        public bool Open;
    }
}
