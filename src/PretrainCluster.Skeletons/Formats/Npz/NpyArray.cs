using System.Runtime.InteropServices;

namespace PretrainCluster.Skeletons.Formats.Npz;

/// <summary>A .npy array that is read from its start, a run of elements at a time, in constant memory.</summary>
public sealed class NpyArray : IDisposable
{
    readonly Stream _stream;
    readonly string _source;
    byte[] _bytes = [];

    internal NpyArray(Stream stream, long total, string source)
        : this(stream, NpyHeader.Read(stream, total, source), source)
    {
    }

    /// <param name="stream">At the first element.</param>
    /// <param name="header">What was said of the elements elsewhere.</param>
    /// <param name="source">What error messages begin with.</param>
    internal NpyArray(Stream stream, NpyHeader header, string source)
    {
        _stream = stream;
        _source = source;
        Header = header;
    }

    public NpyHeader Header { get; }

    /// <summary>The next elements as single precision; the array must be f2, f4 or f8.</summary>
    public void Read(Span<float> destination)
    {
        if (Header.Type == "f4")
        {
            Fill(MemoryMarshal.AsBytes(destination));
            return;
        }

        var raw = Next(destination.Length);
        if (Header.Type == "f8")
            Convert<double>(raw, destination, value => (float)value);
        else if (Header.Type == "f2")
            Convert<Half>(raw, destination, value => (float)value);
        else
            throw new InputException($"{_source}: has element type {Header.Type}; expected float32.");
    }

    /// <summary>The next elements as double precision; any type.</summary>
    public void Read(Span<double> destination)
    {
        var raw = Next(destination.Length);
        switch (Header.Type)
        {
            case "f2": Convert<Half>(raw, destination, value => (double)value); break;
            case "f4": Convert<float>(raw, destination, value => value); break;
            case "f8": Convert<double>(raw, destination, value => value); break;
            case "i1": Convert<sbyte>(raw, destination, value => value); break;
            case "i2": Convert<short>(raw, destination, value => value); break;
            case "i4": Convert<int>(raw, destination, value => value); break;
            case "i8": Convert<long>(raw, destination, value => value); break;
            case "u2": Convert<ushort>(raw, destination, value => value); break;
            case "u4": Convert<uint>(raw, destination, value => value); break;
            case "u8": Convert<ulong>(raw, destination, value => value); break;
            default: Convert<byte>(raw, destination, value => value); break;
        }
    }

    /// <summary>Reads to the end, where a zip entry's checksum is compared.</summary>
    public void Finish()
    {
        if (_stream.ReadByte() >= 0)
            throw new InputException($"{_source}: holds more data than its header says.");
    }

    public void Dispose() => _stream.Dispose();

    ReadOnlySpan<byte> Next(int elements)
    {
        var count = elements * Header.ItemSize;
        if (_bytes.Length < count)
            _bytes = new byte[count];
        Fill(_bytes.AsSpan(0, count));
        return _bytes.AsSpan(0, count);
    }

    void Fill(Span<byte> destination)
    {
        if (_stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
            throw new InputException($"{_source}: ends before its data does; it is truncated.");
    }

    static void Convert<T>(ReadOnlySpan<byte> raw, Span<float> destination, Func<T, float> convert)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(raw);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = convert(values[i]);
    }

    static void Convert<T>(ReadOnlySpan<byte> raw, Span<double> destination, Func<T, double> convert)
        where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(raw);
        for (var i = 0; i < destination.Length; i++)
            destination[i] = convert(values[i]);
    }
}
