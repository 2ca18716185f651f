using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PretrainCluster.Core.Checksums;

namespace PretrainCluster.Training.Exchange;

/// <summary>
/// All-reduce along the summation tree. Rank s finishes the tree for slice s of the values: everybody sends it that slice of each of its own subtrees, piece
/// by piece, and it sends each finished piece to everybody at once. Totals go to everybody whole.
/// </summary>
/// <remarks>
/// A piece is finished as soon as all members' parts of it are there, while later ones travel. Who is ahead by more than <see cref="Depth"/> pieces is
/// not read from until the others have caught up. The result takes the place of the first of the own subtrees: a finished piece comes back
/// only after its parts have gone out.
/// </remarks>
sealed unsafe class SumStreams : Operation
{
    /// <summary>Floats of a piece. Small enough that its parts stay in the processor's cache between receiving, adding and sending.</summary>
    const int PieceFloats = 64 << 10;

    /// <summary>Pieces that a peer may be ahead.</summary>
    const int Depth = 4;

    const int TotalsHeader = 16;

    readonly int _rank, _worldSize, _links, _values, _totals;
    readonly SharedSum _plan;
    readonly Peer[] _peers;
    readonly Block[] _operands;
    readonly byte[] _ownTotals;
    readonly uint[] _finishedChecksums;
    readonly double[][] _totalsByOperand;
    Block _result;
    int _finished;
    uint _ownTotalsChecksum;
    IReadOnlyList<(TreeNode Node, SumBuffer Sum)> _own = [];

    public SumStreams(int rank, int worldSize, int leaves, int values, int totals)
    {
        (_rank, _worldSize, _links, _values, _totals) = (rank, worldSize, worldSize - 1, values, totals);
        _plan = new(leaves, worldSize);
        _operands = new Block[_plan.First[worldSize]];
        _totalsByOperand = [.. _operands.Select(_ => new double[totals])];
        _ownTotals = GC.AllocateArray<byte>(TotalsLength(rank), pinned: true);
        _finishedChecksums = new uint[Pieces(rank)];
        _peers = [.. Enumerable.Range(0, _links).Select(link => new Peer(link < rank ? link : link + 1, this))];
    }

    public SharedSum Plan => _plan;

    public bool Fits(TreeAccumulator sums) => sums.Tree.Leaves == _plan.Leaves && sums.Values == _values && sums.Totals == _totals;

    /// <exception cref="InvalidOperationException">These are not the subtrees of this rank's share.</exception>
    public void ThrowUnlessOwn(List<(TreeNode Node, SumBuffer Sum)> own)
    {
        var nodes = _plan.Nodes[_rank];
        var same = own.Count == nodes.Count;
        for (var k = 0; same && k < own.Count; k++)
            same = own[k].Node == nodes[k];
        if (!same)
            throw new InvalidOperationException($"Rank {_rank} of {_worldSize} holds other micro-batches than its share of {_plan.Leaves}.");
    }

    /// <param name="own">this rank's subtrees, which <see cref="SharedSum.Nodes"/> lists; their values are used up</param>
    /// <param name="result">receives the sum; may be the first of <paramref name="own"/></param>
    public void Begin(IReadOnlyList<(TreeNode Node, SumBuffer Sum)> own, SumBuffer result)
    {
        _own = own;
        _result = Block.Of(result.Values);
        _finished = 0;
        foreach (var peer in _peers)
            peer.Reset();

        BinaryPrimitives.WriteInt32LittleEndian(_ownTotals, _plan.Leaves);
        BinaryPrimitives.WriteInt32LittleEndian(_ownTotals.AsSpan(4), _values);
        BinaryPrimitives.WriteInt32LittleEndian(_ownTotals.AsSpan(8), _totals);
        BinaryPrimitives.WriteInt32LittleEndian(_ownTotals.AsSpan(12), own.Count);
        for (var k = 0; k < own.Count; k++)
        {
            own[k].Sum.Totals.CopyTo(_totalsByOperand[_plan.First[_rank] + k], 0);
            MemoryMarshal.AsBytes(own[k].Sum.Totals.AsSpan()).CopyTo(_ownTotals.AsSpan(TotalsHeader + k * _totals * sizeof(double)));
        }
        _ownTotalsChecksum = Crc32C.Compute(_ownTotals);
    }

    /// <summary>The totals of all micro-batches, once the operation is done.</summary>
    public void FinishTotals(Span<double> totals)
    {
        var additions = _plan.Additions;
        for (var a = 0; a < additions.Count; a++)
        {
            var (left, right) = additions[a];
            var (sum, other) = (_totalsByOperand[left], _totalsByOperand[right]);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += other[i];
        }
        _totalsByOperand[0].CopyTo(totals);
    }

    public override bool SendsNoMore(int link) =>
        _peers[link] is { TotalsSent: true } peer && peer.PartsSent == peer.PartsToSend && peer.FinishedSent == _finishedChecksums.Length;

    public override bool ExpectsNoMore(int link) =>
        _peers[link] is { TotalsCame: true } peer && peer.PartsCame == peer.PartsToCome && peer.FinishedCame == peer.Pieces;

    public override bool TryNext(int link, out Frame frame)
    {
        var peer = _peers[link];
        if (!peer.TotalsSent)
        {
            peer.TotalsSent = true;
            frame = new(FrameKind.Totals, true, Block.Of(_ownTotals), _ownTotalsChecksum);
            return true;
        }
        if (peer.FinishedSent < _finished)
        {
            var piece = peer.FinishedSent++;
            frame = new(FrameKind.Finished, peer.FinishedSent == _finishedChecksums.Length, Piece(_result, _rank, piece), _finishedChecksums[piece]);
            return true;
        }
        if (peer.PartsSent < peer.PartsToSend)
        {
            var (piece, operand) = Math.DivRem(peer.PartsSent++, _own.Count);
            var payload = Piece(Block.Of(_own[operand].Sum.Values), peer.Rank, piece);
            frame = new(FrameKind.Part, peer.PartsSent == peer.PartsToSend, payload, Crc32C.Compute(payload.Bytes));
            return true;
        }
        frame = default;
        return false;
    }

    public override bool TryAccept(int link, FrameHeader header, out Block destination)
    {
        var peer = _peers[link];
        destination = default;
        switch (header.Kind)
        {
            case FrameKind.Totals when !peer.TotalsCame:
                if (header.Length != peer.Totals.Length)
                    throw new InvalidDataException($"its totals are {header.Length} bytes long, not {peer.Totals.Length}: it has other micro-batches, or another plan");
                destination = Block.Of(peer.Totals);
                return true;
            case FrameKind.Part when peer.TotalsCame && peer.PartsCame < peer.PartsToCome:
                var piece = peer.PartsCame / peer.Operands;
                Demand(header, Piece(_result, _rank, piece).Length, peer.PartsCame + 1 == peer.PartsToCome);
                if (piece >= _finished + Depth)
                    return false;
                destination = peer.Part(piece, peer.PartsCame % peer.Operands).Slice(0, header.Length);
                return true;
            case FrameKind.Finished when peer.TotalsCame && peer.FinishedCame < peer.Pieces && FinishedIsDue(peer):
                destination = Piece(_result, peer.Rank, peer.FinishedCame);
                Demand(header, destination.Length, peer.FinishedCame + 1 == peer.Pieces);
                return true;
            default:
                throw new InvalidDataException($"a frame of kind {header.Kind} came out of turn in an all-reduce");
        }
    }

    public override void Arrived(int link, FrameHeader header)
    {
        var peer = _peers[link];
        switch (header.Kind)
        {
            case FrameKind.Totals:
                ReadTotals(peer);
                peer.TotalsCame = true;
                break;
            case FrameKind.Part:
                peer.PartsCame++;
                break;
            default:
                peer.FinishedCame++;
                break;
        }
        while (_finished < _finishedChecksums.Length && HasAllParts(_finished))
            Finish(_finished++);
    }

    /// <summary>Where nothing comes from others, all is finished before the first frame.</summary>
    bool HasAllParts(int piece)
    {
        foreach (var peer in _peers)
        {
            if (!peer.TotalsCame || peer.PartsCame < (piece + 1) * peer.Operands)
                return false;
        }
        return true;
    }

    void Finish(int piece)
    {
        for (var k = 0; k < _own.Count; k++)
            _operands[_plan.First[_rank] + k] = Piece(Block.Of(_own[k].Sum.Values), _rank, piece);
        var target = Piece(_result, _rank, piece);
        foreach (var peer in _peers)
        {
            for (var k = 0; k < peer.Operands; k++)
                _operands[_plan.First[peer.Rank] + k] = peer.Part(piece, k).Slice(0, target.Length);
        }

        var additions = _plan.Additions;
        for (var i = 0; i < additions.Count; i++)
        {
            var (left, right) = additions[i];
            VectorSum.Add(_operands[left].Floats, _operands[right].Floats, (i == additions.Count - 1 ? target : _operands[left]).Floats);
        }
        if (additions.Count == 0)
            _operands[0].Bytes.CopyTo(target.Bytes);
        _finishedChecksums[piece] = Crc32C.Compute(target.Bytes);
    }

    void ReadTotals(Peer peer)
    {
        var (leaves, values, totals, operands) = (BinaryPrimitives.ReadInt32LittleEndian(peer.Totals), BinaryPrimitives.ReadInt32LittleEndian(peer.Totals.AsSpan(4)),
            BinaryPrimitives.ReadInt32LittleEndian(peer.Totals.AsSpan(8)), BinaryPrimitives.ReadInt32LittleEndian(peer.Totals.AsSpan(12)));
        if (leaves != _plan.Leaves || values != _values || totals != _totals || operands != peer.Operands)
            throw new InvalidDataException($"it sums {leaves} micro-batches of {values} values and {totals} totals and holds {operands} subtrees; here it is {_plan.Leaves}, {_values}, {_totals} and {peer.Operands}");
        for (var k = 0; k < operands; k++)
            peer.Totals.AsSpan(TotalsHeader + k * totals * sizeof(double), totals * sizeof(double)).CopyTo(MemoryMarshal.AsBytes(_totalsByOperand[_plan.First[peer.Rank] + k].AsSpan()));
    }

    /// <summary>A finished piece needs this rank's parts of it, so it cannot come before they have gone out.</summary>
    bool FinishedIsDue(Peer peer) => peer.PartsSent >= (peer.FinishedCame + 1) * _own.Count;

    static void Demand(FrameHeader header, int length, bool last)
    {
        if (header.Length != length || header.Last != last)
            throw new InvalidDataException($"{header.Length} bytes of kind {header.Kind} came where {length} were due");
    }

    /// <summary>Slices begin at multiples of 16 floats, a cache line.</summary>
    (int Start, int End) Slice(int rank)
    {
        var (start, end) = Shares.Of(rank, _worldSize, (_values + 15) / 16);
        return (start * 16, Math.Min(end * 16, _values));
    }

    int Pieces(int rank)
    {
        var (start, end) = Slice(rank);
        return (end - start + PieceFloats - 1) / PieceFloats;
    }

    Block Piece(Block values, int rank, int piece)
    {
        var (start, end) = Slice(rank);
        var from = start + piece * PieceFloats;
        return values.Slice(from * sizeof(float), Math.Min(PieceFloats, end - from) * sizeof(float));
    }

    int TotalsLength(int rank) => TotalsHeader + _plan.Nodes[rank].Count * _totals * sizeof(double);

    sealed class Peer
    {
        readonly byte[] _parts;

        public Peer(int rank, SumStreams operation)
        {
            Rank = rank;
            Operands = operation._plan.Nodes[rank].Count;
            Pieces = operation.Pieces(rank);
            PartsToCome = operation.Pieces(operation._rank) * Operands;
            PartsToSend = Pieces * operation._plan.Nodes[operation._rank].Count;
            Totals = GC.AllocateArray<byte>(operation.TotalsLength(rank), pinned: true);
            _parts = GC.AllocateUninitializedArray<byte>(Math.Min(Depth * Operands, PartsToCome) * PieceFloats * sizeof(float), pinned: true);
        }

        public int Rank { get; }
        public int Operands { get; }
        public int Pieces { get; }
        public int PartsToCome { get; }
        public int PartsToSend { get; }
        public byte[] Totals { get; }
        public bool TotalsSent { get; set; }
        public bool TotalsCame { get; set; }
        public int PartsSent { get; set; }
        public int PartsCame { get; set; }
        public int FinishedSent { get; set; }
        public int FinishedCame { get; set; }

        public Block Part(int piece, int operand) =>
            Block.Of(_parts).Slice((piece % Depth * Operands + operand) * PieceFloats * sizeof(float), PieceFloats * sizeof(float));

        public void Reset()
        {
            (TotalsSent, TotalsCame) = (false, false);
            (PartsSent, PartsCame, FinishedSent, FinishedCame) = (0, 0, 0, 0);
        }
    }
}

/// <summary>What an operation sends to and expects from each peer. The mesh moves the bytes. Links are numbered as in <see cref="MeshExchange"/>.</summary>
abstract class Operation
{
    /// <summary>Nothing is left to be sent on the link.</summary>
    public abstract bool SendsNoMore(int link);

    /// <summary>Nothing is left to be received on the link.</summary>
    public abstract bool ExpectsNoMore(int link);

    /// <summary>The link's next frame, if it is ready.</summary>
    public abstract bool TryNext(int link, out Frame frame);

    /// <summary>Where the payload of a frame goes.</summary>
    /// <returns>false if there is no room for it yet</returns>
    /// <exception cref="InvalidDataException">The frame is not one that is due.</exception>
    public abstract bool TryAccept(int link, FrameHeader header, out Block destination);

    /// <summary>The payload is there, and verified.</summary>
    /// <exception cref="InvalidDataException">It says what cannot be.</exception>
    public abstract void Arrived(int link, FrameHeader header);
}
