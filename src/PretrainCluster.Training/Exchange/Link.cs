using System.Net.Sockets;
using PretrainCluster.Core.Checksums;

namespace PretrainCluster.Training.Exchange;

/// <summary>A connection to a peer, and how far its current frames have got in either direction. Never blocks.</summary>
sealed class Link(int index, int peer, Connection connection) : IDisposable
{
    readonly byte[] _sendHeader = new byte[FrameHeader.Size];
    readonly byte[] _receiveHeader = new byte[FrameHeader.Size];
    ulong _sentFrames, _receivedFrames;
    Frame _sending;
    int _sent;
    FrameHeader _header;
    Block _destination;
    int _received;
    uint _checksum;

    public Socket Socket => connection.Socket;

    public int Peer => peer;

    /// <summary>Some of a frame has not been taken by the connection yet.</summary>
    public bool SendIsBlocked { get; private set; }

    /// <summary>A frame has come that the operation has no room for yet.</summary>
    public bool ReceiveIsHeld { get; private set; }

    /// <summary>Sends what the connection takes, one frame at most.</summary>
    /// <returns>whether anything moved</returns>
    public bool Send(Operation operation)
    {
        if (!SendIsBlocked)
        {
            if (!operation.TryNext(index, out _sending))
                return false;
            new FrameHeader(_sending.Kind, _sending.Last, _sending.Payload.Length, _sentFrames++, _sending.Checksum).Write(_sendHeader);
            SendIsBlocked = true;
            _sent = 0;
        }

        var before = _sent;
        if (_sent < FrameHeader.Size)
            _sent += Push(_sendHeader.AsSpan(_sent));
        if (_sent >= FrameHeader.Size && _sent < FrameHeader.Size + _sending.Payload.Length)
            _sent += Push(_sending.Payload.Bytes[(_sent - FrameHeader.Size)..]);
        SendIsBlocked = _sent < FrameHeader.Size + _sending.Payload.Length || !Flush();
        return _sent > before || !SendIsBlocked;
    }

    /// <summary>Receives what has come, one frame at most.</summary>
    /// <returns>whether anything moved</returns>
    public bool Receive(Operation operation)
    {
        if (operation.ExpectsNoMore(index))
            return false;

        var before = _received;
        try
        {
            if (_received < FrameHeader.Size)
            {
                _received += Pull(_receiveHeader.AsSpan(_received));
                if (_received < FrameHeader.Size)
                    return _received > before;
                _header = FrameHeader.Read(_receiveHeader, _receivedFrames);
                ReceiveIsHeld = true;
            }
            if (ReceiveIsHeld)
            {
                if (!operation.TryAccept(index, _header, out _destination))
                    return _received > before;
                ReceiveIsHeld = false;
                _checksum = 0;
            }
            if (_received < FrameHeader.Size + _header.Length)
            {
                var missing = _destination.Bytes[(_received - FrameHeader.Size)..];
                var count = Pull(missing);
                _checksum = Crc32C.Append(_checksum, missing[..count]);
                _received += count;
            }
            if (_received == FrameHeader.Size + _header.Length)
            {
                if (_checksum != _header.Checksum)
                    throw new InvalidDataException($"{_header.Length} bytes do not match their checksum");
                _receivedFrames++;
                _received = 0;
                operation.Arrived(index, _header);
                return true;
            }
        }
        catch (InvalidDataException e)
        {
            throw new LinkException(peer, $"from rank {peer}: {e.Message}", closed: false, e);
        }
        return _received > before;
    }

    public void Dispose() => connection.Dispose();

    bool Flush() => connection.Flush(out var error) || (error == SocketError.WouldBlock ? false : throw Lost(error));

    int Push(ReadOnlySpan<byte> bytes)
    {
        var count = connection.Send(bytes, out var error);
        return error switch
        {
            SocketError.Success => count,
            SocketError.WouldBlock => Math.Max(count, 0),
            _ => throw Lost(error),
        };
    }

    int Pull(Span<byte> bytes)
    {
        var count = connection.Receive(bytes, out var error);
        return error switch
        {
            SocketError.Success when count > 0 => count,
            SocketError.Success => throw new LinkException(peer, $"rank {peer} closed its connection", closed: true),
            SocketError.WouldBlock => 0,
            _ => throw Lost(error),
        };
    }

    LinkException Lost(SocketError error) => new(peer, $"the connection to rank {peer} was lost ({error})", closed: true);
}

/// <summary>A link to a peer cannot go on. The exchange turns it into an <see cref="ExchangeException"/> once it knows who is at fault.</summary>
/// <param name="closed">the connection ended, so that its other end may know more of the cause</param>
sealed class LinkException(int peer, string reason, bool closed, Exception? inner = null) : Exception(reason, inner)
{
    public int Peer { get; } = peer;

    public bool Closed { get; } = closed;
}
