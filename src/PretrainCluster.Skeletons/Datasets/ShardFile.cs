using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>Where a shard's tensors lie in its file; found out once, when its first clip is read.</summary>
sealed class ShardFile(DatasetFiles files, ShardDescription description, int persons, int joints, CoordinateType coordinates, bool verify)
{
    readonly Lock _lock = new();
    volatile Positions? _positions;

    public string Name => files.NameOf(description);

    /// <summary>Does something with the shard's file, fetched first where it lies elsewhere.</summary>
    public T Use<T>(Func<string, T> use) => files.Use(description, use);

    public void FetchAhead() => files.FetchAhead(description);

    public ShardDescription Description => description;

    /// <summary>Byte positions in the file of each tensor's first element.</summary>
    public Positions Find()
    {
        if (_positions is { } known)
            return known;
        lock (_lock)
            return _positions ??= Locate();
    }

    /// <summary>What is wrong with the shard, or null.</summary>
    public string? Fault(CancellationToken cancellation)
    {
        try
        {
            if (Use(path => FileDigest.Of(path, cancellation)) != description.Sha256)
                return "its content is not what was written: the SHA-256 differs";
            Locate(digestIsKnown: true);
            using var file = Use(path => SafeTensorsFile.Open(path));
            return FaultOfOffsets(file.Read<long>(ShardTensors.Offsets), description.Frames, "frame")
                ?? FaultOfOffsets(file.Read<long>(ShardTensors.IdOffsets), file.Tensors[ShardTensors.IdBytes].Elements, "name");
        }
        catch (InputException unsound)
        {
            return unsound.Message;
        }
        catch (IOException unreadable)
        {
            return unreadable.Message;
        }
    }

    public InputException Corrupt(string reason, Exception? inner = null) =>
        new($"{Name}: {reason}. The shard is damaged; copy it again from its source, or make the dataset anew (`pretrain data verify` lists every damaged file).", inner);

    Positions Locate(bool digestIsKnown = false)
    {
        using var file = Use(Open);
        if (verify && !digestIsKnown && Use(path => FileDigest.Of(path)) != description.Sha256)
            throw Corrupt("its content is not what was written: the SHA-256 differs");
        long clips = description.Clips;
        return new(
            Offsets: Start(file, ShardTensors.Offsets, TensorType.I64, clips + 1),
            IdOffsets: Start(file, ShardTensors.IdOffsets, TensorType.I64, clips + 1),
            Labels: Start(file, ShardTensors.Labels, TensorType.I32, clips),
            Subjects: Start(file, ShardTensors.Subjects, TensorType.I32, clips),
            Views: Start(file, ShardTensors.Views, TensorType.I32, clips),
            Setups: Start(file, ShardTensors.Setups, TensorType.I32, clips),
            Joints: Start(file, ShardTensors.Joints, coordinates == CoordinateType.Float16 ? TensorType.F16 : TensorType.F32, description.Frames, persons, joints, 3),
            IdBytes: Start(file, ShardTensors.IdBytes, TensorType.U8, null),
            IdByteCount: file.Tensors[ShardTensors.IdBytes].Elements);
    }

    SafeTensorsFile Open(string path)
    {
        if (new FileInfo(path) is not { Exists: true } info)
            throw new InputException($"{Name} is missing; copy it again from its source, or make the dataset anew.");
        if (info.Length != description.Bytes)
            throw Corrupt($"it has {info.Length} bytes where dataset.json says {description.Bytes}");
        try
        {
            return SafeTensorsFile.Open(path);
        }
        catch (InputException unsound)
        {
            throw Corrupt(unsound.Message.TrimEnd('.'), unsound);
        }
    }

    long Start(SafeTensorsFile file, string name, TensorType type, params long[]? shape)
    {
        if (!file.Tensors.TryGetValue(name, out var tensor))
            throw Corrupt($"it has no tensor '{name}'");
        if (tensor.Type != type || (shape is null ? tensor.Shape.Count != 1 : !tensor.Shape.SequenceEqual(shape)))
            throw Corrupt($"tensor '{name}' is {tensor.Type.Code()} [{string.Join(", ", tensor.Shape)}], expected {type.Code()} [{(shape is null ? "any" : string.Join(", ", shape))}]");
        return file.DataStart + tensor.Offset;
    }

    static string? FaultOfOffsets(ReadOnlySpan<long> offsets, long end, string what)
    {
        if (offsets[0] != 0 || offsets[^1] != end)
            return $"its {what} offsets run from {offsets[0]} to {offsets[^1]}, expected 0 to {end}";
        for (var i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] <= offsets[i - 1])
                return $"its {what} offsets do not ascend at clip {i - 1}";
        }
        return null;
    }

    public sealed record Positions(
        long Offsets, long IdOffsets, long Labels, long Subjects, long Views, long Setups, long Joints, long IdBytes, long IdByteCount);
}

/// <summary>Names of the tensors of a shard, and of the split file.</summary>
static class ShardTensors
{
    /// <summary>[frames, persons, joints, 3], the clips one after the other.</summary>
    public const string Joints = "joints";

    /// <summary>[clips + 1]: a clip's first frame in <see cref="Joints"/>, then the end.</summary>
    public const string Offsets = "offsets";

    public const string Labels = "labels";
    public const string Subjects = "subjects";
    public const string Views = "views";
    public const string Setups = "setups";

    /// <summary>UTF-8, the names one after the other.</summary>
    public const string IdBytes = "id_bytes";

    /// <summary>[clips + 1]</summary>
    public const string IdOffsets = "id_offsets";

    public static string Train(string split) => split + "/train";

    public static string Test(string split) => split + "/test";
}

/// <summary>SHA-256 of a file in constant memory.</summary>
static class FileDigest
{
    /// <returns>Lower-case hex.</returns>
    public static string Of(string path, CancellationToken cancellation = default)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        while (stream.Read(buffer) is > 0 and var count)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The clips of a shard that is being filled.</summary>
sealed class ShardBuffer(int persons, int joints, CoordinateType coordinates)
{
    readonly ArrayBufferWriter<byte> _joints = new(), _names = new();
    readonly List<long> _offsets = [0], _nameOffsets = [0];
    readonly List<int> _labels = [], _subjects = [], _views = [], _setups = [];

    public int Clips => _labels.Count;
    public long Frames => _offsets[^1];
    public long Bytes => _joints.WrittenCount;

    int ElementBytes => coordinates == CoordinateType.Float16 ? 2 : 4;

    public long BytesOf(Clip clip) => (long)clip.Frames * persons * joints * 3 * ElementBytes;

    public void Add(Clip clip)
    {
        var perPerson = joints * 3;
        var destination = _joints.GetSpan((int)BytesOf(clip))[..(int)BytesOf(clip)];
        if (clip.Persons < persons)
            destination.Clear();
        for (var frame = 0; frame < clip.Frames; frame++)
        {
            var values = clip.Positions.AsSpan(frame * clip.Persons * perPerson, clip.Persons * perPerson);
            var row = destination.Slice(frame * persons * perPerson * ElementBytes, values.Length * ElementBytes);
            if (coordinates == CoordinateType.Float16)
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(row));
            else
                MemoryMarshal.AsBytes(values).CopyTo(row);
        }
        _joints.Advance(destination.Length);
        _offsets.Add(Frames + clip.Frames);
        _labels.Add(clip.Label);
        _subjects.Add(clip.Subject);
        _views.Add(clip.View);
        _setups.Add(clip.Setup);
        Encoding.UTF8.GetBytes(clip.Name, _names);
        _nameOffsets.Add(_names.WrittenCount);
    }

    public void WriteTo(string path)
    {
        var coordinateType = coordinates == CoordinateType.Float16 ? TensorType.F16 : TensorType.F32;
        SafeTensorsWriter.WriteFile(path,
        [
            (ShardTensors.Offsets, TensorType.I64, [_offsets.Count], Raw(_offsets)),
            (ShardTensors.IdOffsets, TensorType.I64, [_nameOffsets.Count], Raw(_nameOffsets)),
            (ShardTensors.Labels, TensorType.I32, [Clips], Raw(_labels)),
            (ShardTensors.Subjects, TensorType.I32, [Clips], Raw(_subjects)),
            (ShardTensors.Views, TensorType.I32, [Clips], Raw(_views)),
            (ShardTensors.Setups, TensorType.I32, [Clips], Raw(_setups)),
            (ShardTensors.Joints, coordinateType, [Frames, persons, joints, 3], _joints.WrittenMemory),
            (ShardTensors.IdBytes, TensorType.U8, [_names.WrittenCount], _names.WrittenMemory),
        ]);
    }

    public void Clear()
    {
        _joints.ResetWrittenCount();
        _names.ResetWrittenCount();
        _offsets.RemoveRange(1, _offsets.Count - 1);
        _nameOffsets.RemoveRange(1, _nameOffsets.Count - 1);
        _labels.Clear();
        _subjects.Clear();
        _views.Clear();
        _setups.Clear();
    }

    static ReadOnlyMemory<byte> Raw<T>(List<T> values) where T : unmanaged =>
        MemoryMarshal.AsBytes<T>(CollectionsMarshal.AsSpan(values)).ToArray();
}

/// <summary>
/// Reads bytes of shards, keeping a bounded number of them open. Reads are positional rather than through a mapping: the resident memory does not
/// grow with what was read, and a shard that is cut short or a disk that fails is an error where a mapping would end the process.
/// </summary>
sealed class ShardHandles(ShardFile[] shards, int capacity) : IDisposable
{
    readonly SafeFileHandle?[] _handles = new SafeFileHandle?[shards.Length];
    readonly long[] _lastUse = new long[shards.Length];
    readonly Lock _lock = new();
    long _uses;
    int _open;
    bool _disposed;

    /// <summary>Fills <paramref name="bytes"/> from a position of a shard's file.</summary>
    public void Read(int shard, long position, Span<byte> bytes)
    {
        for (; ; )
        {
            try
            {
                ReadFully(Acquire(shard), shard, position, bytes);
                return;
            }
            catch (ObjectDisposedException) when (!_disposed)
            {
                // Another thread closed the shard to make room; open it again.
            }
        }
    }

    void ReadFully(SafeFileHandle handle, int shard, long position, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = RandomAccess.Read(handle, bytes, position);
            if (count == 0)
                throw shards[shard].Corrupt($"it ends at byte {position}");
            position += count;
            bytes = bytes[count..];
        }
    }

    SafeFileHandle Acquire(int shard)
    {
        _lastUse[shard] = Interlocked.Increment(ref _uses);
        return Volatile.Read(ref _handles[shard]) ?? Open(shard);
    }

    SafeFileHandle Open(int shard)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SkeletonDataset));
            if (_handles[shard] is { } opened)
                return opened;
            if (_open >= capacity)
                CloseOldest();
            try
            {
                var handle = shards[shard].Use(path => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess));
                _open++;
                Volatile.Write(ref _handles[shard], handle);
                return handle;
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new InputException($"{shards[shard].Name} is missing; copy it again from its source, or make the dataset anew.", missing);
            }
        }
    }

    void CloseOldest()
    {
        var oldest = -1;
        for (var i = 0; i < _handles.Length; i++)
        {
            if (_handles[i] is not null && (oldest < 0 || _lastUse[i] < _lastUse[oldest]))
                oldest = i;
        }
        var handle = _handles[oldest]!;
        Volatile.Write(ref _handles[oldest], null);
        handle.Dispose();
        _open--;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var handle in _handles)
                handle?.Dispose();
        }
    }
}
