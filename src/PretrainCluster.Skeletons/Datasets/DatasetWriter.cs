using System.Collections;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>
/// Writes a dataset clip by clip, in constant memory. The folder appears with <see cref="Commit"/>, whole; without it nothing remains.
/// </summary>
public sealed class DatasetWriter : IDisposable
{
    /// <summary>More than nine hours at 30 frames a second: a bound for what a file may claim.</summary>
    public const int MaxFrames = 1_000_000;

    public const int MaxPersons = 64;
    const int MaxNameBytes = 4096;

    readonly string _folder, _partial;
    readonly DatasetHeader _header;
    readonly DatasetWriterOptions _options;
    readonly ShardBuffer _shard;
    readonly long[] _clipsOfClass;
    readonly SortedSet<int> _subjects = [], _views = [], _setups = [];
    readonly List<ShardDescription> _shards = [];
    readonly List<SourceFile> _sources = [];
    readonly List<SampleDefect> _defects = [];
    readonly List<(SplitDescription Description, IReadOnlyList<long> Train, IReadOnlyList<long> Test)> _splits = [];
    long _clips, _frames;
    int _shortest = int.MaxValue, _longest;
    bool _closed;

    /// <exception cref="InputException">The folder is taken, or the header is unusable.</exception>
    public DatasetWriter(string folder, DatasetHeader header, DatasetWriterOptions? options = null)
    {
        _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        _header = header;
        _options = options ?? new();
        if (header.Persons is < 1 or > MaxPersons)
            throw new InputException($"{folder}: a dataset has 1 to {MaxPersons} persons a clip, not {header.Persons}.");
        header.Layout.Validated(folder);
        RefuseForeignFolder();
        _partial = $"{_folder}.writing-{Guid.NewGuid().ToString("N")[..12]}";
        try
        {
            Directory.CreateDirectory(_partial);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException($"{_folder}: no permission to write here.", denied);
        }
        _shard = new(header.Persons, header.Layout.Joints.Count, header.Coordinates);
        _clipsOfClass = new long[header.Classes.Count];
    }

    /// <summary>Clips so far; the next one gets this index.</summary>
    public long Count => _clips;

    /// <returns>The clip's index in the dataset, by which splits name it.</returns>
    /// <exception cref="InputException">The clip's shape, label or coordinates are not what the header says, or a coordinate is not finite.</exception>
    public long Add(Clip clip)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        Check(clip);
        if (_shard.Clips > 0 && _shard.Bytes + _shard.BytesOf(clip) > _options.ShardBytes)
            Flush();
        _shard.Add(clip);
        _frames += clip.Frames;
        _shortest = Math.Min(_shortest, clip.Frames);
        _longest = Math.Max(_longest, clip.Frames);
        if (clip.Label >= 0)
            _clipsOfClass[clip.Label]++;
        foreach (var (number, known) in new[] { (clip.Subject, _subjects), (clip.View, _views), (clip.Setup, _setups) })
        {
            if (number >= 0)
                known.Add(number);
        }
        return _clips++;
    }

    public void AddSource(SourceFile source) => _sources.Add(source);

    public void AddDefect(SampleDefect defect) => _defects.Add(defect);

    /// <summary>A split in the order given; a clip may be on neither side, but not on both, nor twice on one.</summary>
    /// <param name="name">Such as xsub; a file-name-like word.</param>
    /// <param name="train">Indices returned by <see cref="Add"/>.</param>
    /// <param name="test">Indices returned by <see cref="Add"/>.</param>
    /// <param name="rule">What decides, in words.</param>
    public void AddSplit(string name, IReadOnlyList<long> train, IReadOnlyList<long> test, string? rule = null)
    {
        if (name.Length is 0 or > 64 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
            throw new InputException($"{_folder}: '{name}' cannot name a split; letters, digits, '-', '_' and '.' can.");
        if (_splits.Any(split => split.Description.Name == name))
            throw new InputException($"{_folder}: split '{name}' is there twice.");
        var seen = new BitArray(checked((int)_clips));
        foreach (var sample in train.Concat(test))
        {
            if (sample < 0 || sample >= _clips)
                throw new ArgumentOutOfRangeException(nameof(train), sample, $"Split {name} names a clip beyond the {_clips} added.");
            if (seen[(int)sample])
                throw new InputException($"{_folder}: split '{name}' has clip {sample} twice; a clip belongs to one side, once.");
            seen[(int)sample] = true;
        }
        _splits.Add((new(name, train.Count, test.Count, rule), train, test));
    }

    /// <summary>Makes the dataset appear in its folder.</summary>
    /// <exception cref="InputException">There are no clips.</exception>
    public DatasetDescription Commit()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_clips == 0)
            throw new InputException($"{_folder}: nothing to write, not one clip was usable ({_defects.Count} with defects{FirstDefect()}).");
        Flush();
        var description = new DatasetDescription
        {
            Format = DatasetDescription.CurrentFormat,
            Version = DatasetDescription.CurrentVersion,
            Name = _header.Name,
            Layout = _header.Layout,
            Persons = _header.Persons,
            Coordinates = _header.Coordinates,
            Clips = _clips,
            Frames = _frames,
            ShortestClip = _shortest,
            LongestClip = _longest,
            Preprocessing = _header.Preprocessing,
            Classes = [.. _header.Classes.Select((name, label) => new ClassDescription(name, _clipsOfClass[label]))],
            Subjects = [.. _subjects],
            Views = [.. _views],
            Setups = [.. _setups],
            Splits = [.. _splits.Select(split => split.Description)],
            Sources = _sources,
            Defects = _defects,
            Shards = _shards,
            SplitFile = WriteSplits(),
        };
        AtomicFile.WriteAllText(Path.Combine(_partial, DatasetDescription.FileName), JsonSerializer.Serialize(description, JsonText.Indented) + "\n");
        Publish();
        _closed = true;
        return description;
    }

    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        if (Directory.Exists(_partial))
            Directory.Delete(_partial, recursive: true);
    }

    string FirstDefect() => _defects is [var first, ..] ? $", the first: {first.Sample}: {first.Reason}" : "";

    void Check(Clip clip)
    {
        var joints = _header.Layout.Joints.Count;
        if (clip.Frames is < 1 or > MaxFrames)
            throw new InputException($"{clip.Name}: a clip has 1 to {MaxFrames} frames, not {clip.Frames}.");
        if (clip.Persons < 1 || clip.Persons > _header.Persons)
            throw new InputException($"{clip.Name}: has {clip.Persons} persons where the dataset has room for 1 to {_header.Persons}.");
        if (clip.Joints != joints)
            throw new InputException($"{clip.Name}: has {clip.Joints} joints where layout '{_header.Layout.Name}' has {joints}.");
        if (clip.Positions.LongLength != (long)clip.Frames * clip.Persons * joints * 3)
            throw new InputException($"{clip.Name}: has {clip.Positions.LongLength} coordinates, not frames x persons x joints x 3.");
        if (_shard.BytesOf(clip) > int.MaxValue / 2)
            throw new InputException($"{clip.Name}: {clip.Frames} frames are too many for one shard; cut the clip.");
        if (clip.Label < -1 || clip.Label >= _header.Classes.Count)
            throw new InputException($"{clip.Name}: label {clip.Label} is not among the {_header.Classes.Count} classes (from 0; -1 for none).");
        if (clip.Name.Length is 0 or > MaxNameBytes / 4)
            throw new InputException($"'{(clip.Name.Length > 40 ? clip.Name[..40] + "…" : clip.Name)}': a clip's name has 1 to {MaxNameBytes / 4} characters.");
        var largest = TensorPrimitives.MaxMagnitude<float>(clip.Positions);
        if (!float.IsFinite(largest))
            throw new InputException($"{clip.Name}: frame {FirstNotFinite(clip)} has a coordinate that is not a finite number.");
        if (_header.Coordinates == CoordinateType.Float16 && MathF.Abs(largest) > (float)Half.MaxValue)
            throw new InputException($"{clip.Name}: coordinate {largest} does not fit float16; write float32, or convert to metres first.");
    }

    static int FirstNotFinite(Clip clip) =>
        Array.FindIndex(clip.Positions, value => !float.IsFinite(value)) / (clip.Persons * clip.Joints * 3);

    void Flush()
    {
        if (_shard.Clips == 0)
            return;
        var file = $"shard-{_shards.Count:D5}.safetensors";
        _shard.WriteTo(Path.Combine(_partial, file));
        var written = Describe(file);
        _shards.Add(new(file, written.Bytes, written.Sha256, _shard.Clips, _shard.Frames));
        _shard.Clear();
    }

    FileDescription WriteSplits()
    {
        const string File = "splits.safetensors";
        SafeTensorsWriter.WriteFile(Path.Combine(_partial, File), _splits.SelectMany(split => new[]
        {
            Indices(ShardTensors.Train(split.Description.Name), split.Train),
            Indices(ShardTensors.Test(split.Description.Name), split.Test),
        }));
        return Describe(File);
    }

    static (string, TensorType, long[], ReadOnlyMemory<byte>) Indices(string name, IReadOnlyList<long> samples) =>
        (name, TensorType.I64, [samples.Count], MemoryMarshal.AsBytes<long>(samples.ToArray()).ToArray());

    FileDescription Describe(string file)
    {
        var path = Path.Combine(_partial, file);
        return new(file, new FileInfo(path).Length, FileDigest.Of(path));
    }

    void RefuseForeignFolder()
    {
        if (File.Exists(_folder))
            throw new InputException($"{_folder} is a file; a dataset is a folder.");
        if (!Directory.Exists(_folder) || !Directory.EnumerateFileSystemEntries(_folder).Any())
            return;
        if (!File.Exists(Path.Combine(_folder, DatasetDescription.FileName)))
            throw new InputException($"{_folder} holds other things than a dataset; name another folder.");
        if (!_options.Replace)
            throw new InputException($"{_folder} already holds a dataset; name another folder, or ask for it to be replaced.");
    }

    void Publish()
    {
        RefuseForeignFolder();
        var old = _partial + ".old";
        if (Directory.Exists(_folder))
            Directory.Move(_folder, old);
        Directory.Move(_partial, _folder);
        if (Directory.Exists(old))
            Directory.Delete(old, recursive: true);
    }
}
