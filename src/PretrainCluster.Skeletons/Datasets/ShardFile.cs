using System.Security.Cryptography;
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
