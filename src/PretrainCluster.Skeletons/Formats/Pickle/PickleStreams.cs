using Microsoft.Win32.SafeHandles;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Skeletons.Formats.Pickle;

/// <summary>A stretch of a file, read by position.</summary>
sealed class FileSlice(SafeFileHandle file, long offset, long length) : ForwardStream
{
    long _read;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        var count = RandomAccess.Read(file, buffer[..(int)Math.Min(buffer.Length, length - _read)], offset + _read);
        _read += count;
        return count;
    }
}

/// <summary>Bytes that were written as the UTF-8 of their Latin-1 characters.</summary>
sealed class Latin1Stream(Stream utf8, string source) : ForwardStream
{
    readonly byte[] _buffer = new byte[1 << 14];
    int _start;
    int _end;

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        var count = 0;
        while (count < buffer.Length && Next() is >= 0 and var first)
        {
            if (first < 0x80)
                buffer[count++] = (byte)first;
            else if (first is 0xC2 or 0xC3 && Next() is >= 0x80 and < 0xC0 and var second)
                buffer[count++] = (byte)(((first & 3) << 6) | (second & 0x3F));
            else
                throw new InputException($"{source}: its data is no Latin-1 text, as protocol 2 writes bytes; the file is damaged.");
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            utf8.Dispose();
        base.Dispose(disposing);
    }

    int Next()
    {
        if (_start == _end)
            (_start, _end) = (0, utf8.Read(_buffer));
        return _start < _end ? _buffer[_start++] : -1;
    }
}
