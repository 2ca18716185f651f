using System.Buffers;
using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>
/// A dataset on disk. Opening reads dataset.json alone, reading touches only what is asked for; both cost the same for a thousand clips and
/// for ten million. Safe to read from many threads.
/// </summary>
public sealed class SkeletonDataset : IDisposable
{
    const int MaxNameBytes = 4096;

    readonly ShardFile[] _shards;
    readonly long[] _firstSample;
    readonly ShardHandles _handles;
    readonly SafeTensorsFile _splits;
    readonly DatasetFiles _files;
    readonly int _valuesPerFrame;

    SkeletonDataset(DatasetFiles files, DatasetDescription description, DatasetOptions options)
    {
        (_files, Folder, Description) = (files, files.Place, description);
        Digest = DescriptionFile.Digest(description);
        _valuesPerFrame = Persons * Joints * 3;
        _shards = [.. description.Shards.Select(shard => new ShardFile(
            files, shard, Persons, Joints, description.Coordinates, options.VerifyOnFirstUse))];
        _firstSample = new long[_shards.Length + 1];
        for (var i = 0; i < _shards.Length; i++)
            _firstSample[i + 1] = _firstSample[i] + description.Shards[i].Clips;
        _handles = new(_shards, files.OpenShards(description, Math.Max(1, options.OpenShards)));
        _splits = files.Use(description.SplitFile, path => SafeTensorsFile.Open(path));
    }

    /// <summary>Opens a dataset in a folder, or at azure://ACCOUNT/CONTAINER/PREFIX; the shards of the latter are copied into the user's cache when they are needed.</summary>
    /// <exception cref="InputException">There is no sound dataset.</exception>
    /// <exception cref="IOException">The store cannot be reached.</exception>
    public static SkeletonDataset Open(string location, DatasetOptions? options = null) => Stores.IsElsewhere(location)
        ? Open(Stores.Open(location), location.TrimEnd('/'), ArtifactCache.OfUser(), options)
        : Open(new FolderFiles(location), options);

    /// <summary>Opens a dataset in a store.</summary>
    /// <param name="place">the store's, for messages</param>
    /// <param name="cache">for copies of its files</param>
    public static SkeletonDataset Open(IArtifactStore store, string place, ArtifactCache cache, DatasetOptions? options = null) =>
        Open(new StoreFiles(store, place, cache), options);

    static SkeletonDataset Open(DatasetFiles files, DatasetOptions? options) => new(files, files.ReadDescription(), options ?? new());

    /// <summary>Where it is: a folder, or a store's place.</summary>
    public string Folder { get; }

    /// <summary>True where shards are fetched when they are needed, so that it pays to <see cref="FetchAhead"/>.</summary>
    public bool IsElsewhere => _files is StoreFiles;

    /// <summary>Starts to fetch the shards of samples that will be read soon; does nothing for a dataset on this machine.</summary>
    public void FetchAhead(IEnumerable<long> samples)
    {
        if (!IsElsewhere)
            return;
        foreach (var shard in samples.Select(sample => Locate(sample).Shard).Distinct())
            _shards[shard].FetchAhead();
    }

    public DatasetDescription Description { get; }

    /// <summary>SHA-256 of what dataset.json says, which includes the digest of every shard; lower-case hex.</summary>
    public string Digest { get; }

    public long Count => Description.Clips;
    public int Persons => Description.Persons;
    public int Joints => Description.Layout.Joints.Count;

    /// <exception cref="InputException">The dataset has no such split.</exception>
    public DatasetSplit Split(string name)
    {
        var split = Description.Splits.FirstOrDefault(split => split.Name == name)
            ?? throw new InputException($"{Folder} has no split '{name}'; it has {(Description.Splits.Count == 0 ? "none" : string.Join(", ", Description.Splits.Select(known => known.Name)))}.");
        return new(name,
            new SampleIndices(_splits, ShardTensors.Train(name), split.Train, Count),
            new SampleIndices(_splits, ShardTensors.Test(name), split.Test, Count));
    }

    /// <summary>0-based class, -1 where the source has none.</summary>
    public int Label(long sample)
    {
        var (shard, clip) = Locate(sample);
        var label = ReadNumber(shard, _shards[shard].Find().Labels, clip);
        return label >= -1 && label < Description.Classes.Count ? label
            : throw _shards[shard].Corrupt($"clip {clip} has label {label} of {Description.Classes.Count} classes");
    }

    /// <summary>The source's own number, -1 where it has none.</summary>
    public int Subject(long sample)
    {
        var (shard, clip) = Locate(sample);
        return ReadNumber(shard, _shards[shard].Find().Subjects, clip);
    }

    /// <inheritdoc cref="Subject"/>
    public int View(long sample)
    {
        var (shard, clip) = Locate(sample);
        return ReadNumber(shard, _shards[shard].Find().Views, clip);
    }

    /// <inheritdoc cref="Subject"/>
    public int Setup(long sample)
    {
        var (shard, clip) = Locate(sample);
        return ReadNumber(shard, _shards[shard].Find().Setups, clip);
    }

    /// <summary>The source's own name.</summary>
    public string Name(long sample)
    {
        var (shard, clip) = Locate(sample);
        var positions = _shards[shard].Find();
        var (start, end) = ReadRange(shard, positions.IdOffsets, clip, positions.IdByteCount, MaxNameBytes, "name");
        Span<byte> bytes = stackalloc byte[(int)(end - start)];
        _handles.Read(shard, positions.IdBytes + start, bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Length of a clip in frames.</summary>
    public int Frames(long sample)
    {
        var (shard, clip) = Locate(sample);
        var (start, end) = FrameRange(shard, clip);
        return (int)(end - start);
    }

    /// <summary>A whole clip, in memory of its own.</summary>
    public Clip Read(long sample)
    {
        var frames = Frames(sample);
        var positions = new float[frames * _valuesPerFrame];
        ReadFrames(sample, 0, frames, positions);
        return new(Name(sample), Label(sample), Subject(sample), View(sample), Setup(sample), Persons, frames, Joints, positions);
    }

    /// <summary>Some frames of a clip: [<paramref name="count"/>, persons, joints, 3] in metres.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The clip does not have those frames.</exception>
    public void ReadFrames(long sample, int start, int count, Span<float> destination)
    {
        var (shard, clip) = Locate(sample);
        var (first, end) = FrameRange(shard, clip);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, end - first - count);
        ReadFrames(shard, first + start, destination[..(count * _valuesPerFrame)]);
    }

    /// <summary>Finds out whether every file is as it was written. A sound dataset gives an empty list.</summary>
    /// <returns>One sentence for every damaged file, which names it.</returns>
    public IReadOnlyList<string> Verify(IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        var faults = new List<string>();
        foreach (var shard in _shards)
        {
            progress?.Report(shard.Description.File);
            if (shard.Fault(cancellation) is { } fault)
                faults.Add($"{shard.Description.File}: {fault.TrimEnd('.')}.");
        }
        progress?.Report(Description.SplitFile.File);
        if (SplitFault() is { } splitFault)
            faults.Add($"{Description.SplitFile.File}: {splitFault.TrimEnd('.')}.");
        return faults;
    }

    public void Dispose()
    {
        _handles.Dispose();
        _splits.Dispose();
        (_files as IDisposable)?.Dispose();
    }

    string? SplitFault()
    {
        try
        {
            if (FileDigest.Of(_splits.Path) != Description.SplitFile.Sha256)
                return "its content is not what was written: the SHA-256 differs";
            foreach (var split in Description.Splits)
                _ = Split(split.Name).Train.Concat(Split(split.Name).Test).LongCount();
            return null;
        }
        catch (Exception unsound) when (unsound is InputException or IOException)
        {
            return unsound.Message;
        }
    }

    void ReadFrames(int shard, long firstFrame, Span<float> destination)
    {
        var positions = _shards[shard].Find();
        if (Description.Coordinates == CoordinateType.Float32)
        {
            _handles.Read(shard, positions.Joints + firstFrame * _valuesPerFrame * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }
        var halves = ArrayPool<Half>.Shared.Rent(destination.Length);
        var values = halves.AsSpan(0, destination.Length);
        _handles.Read(shard, positions.Joints + firstFrame * _valuesPerFrame * 2, MemoryMarshal.AsBytes(values));
        TensorPrimitives.ConvertToSingle(values, destination);
        ArrayPool<Half>.Shared.Return(halves);
    }

    (long Start, long End) FrameRange(int shard, int clip) =>
        ReadRange(shard, _shards[shard].Find().Offsets, clip, _shards[shard].Description.Frames, Description.LongestClip, "frame");

    (long Start, long End) ReadRange(int shard, long tensor, int clip, long limit, int longest, string what)
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(long)];
        _handles.Read(shard, tensor + (long)clip * sizeof(long), bytes);
        var start = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var end = BinaryPrimitives.ReadInt64LittleEndian(bytes[sizeof(long)..]);
        return start >= 0 && end > start && end <= limit && end - start <= longest ? (start, end)
            : throw _shards[shard].Corrupt($"the {what} offsets of clip {clip} are {start} and {end} of {limit}");
    }

    int ReadNumber(int shard, long tensor, int clip)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        _handles.Read(shard, tensor + (long)clip * sizeof(int), bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    (int Shard, int Clip) Locate(long sample)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sample, Count);
        var shard = Array.BinarySearch(_firstSample, sample);
        if (shard < 0)
            shard = ~shard - 1;
        return (shard, (int)(sample - _firstSample[shard]));
    }
}

/// <summary>How a dataset is read.</summary>
public sealed record DatasetOptions
{
    /// <summary>Checks a shard's SHA-256 before its first clip is read.</summary>
    public bool VerifyOnFirstUse { get; init; }

    /// <summary>Shards kept open; opening one again costs tens of microseconds.</summary>
    public int OpenShards { get; init; } = 512;
}
