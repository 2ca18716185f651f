using System.IO.Hashing;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Skeletons.Formats;

/// <summary>
/// An entry of a zip, forward only: it ends where the archive says it ends, whatever the compressed bytes inflate to,
/// and its checksum is compared there. <see cref="InputException"/> for either lie.
/// </summary>
sealed class ZipEntryStream(Stream inflated, string source, long length, uint checksum) : ForwardStream
{
    readonly Crc32 _crc = new();
    long _position;
    bool _ended;

    public override bool CanRead => true;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _ended)
            return 0;

        var count = ReadInflated(buffer);
        _position += count;
        if (_position > length)
            throw new InputException($"{source}: inflates to more than the {length} bytes that its archive announces; the archive is refused.");

        _crc.Append(buffer[..count]);
        if (count == 0)
            End();
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inflated.Dispose();
        base.Dispose(disposing);
    }

    int ReadInflated(Span<byte> buffer)
    {
        try
        {
            return inflated.Read(buffer);
        }
        catch (InvalidDataException problem)
        {
            throw new InputException($"{source}: the compressed data is damaged ({problem.Message}).", problem);
        }
    }

    void End()
    {
        _ended = true;
        if (_position < length)
            throw new InputException($"{source}: ends after {_position} bytes where its archive announces {length}; the archive is truncated.");
        if (_crc.GetCurrentHashAsUInt32() != checksum)
            throw new InputException($"{source}: its checksum does not match; the archive is damaged.");
    }
}
