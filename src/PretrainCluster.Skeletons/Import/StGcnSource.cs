using PretrainCluster.Skeletons.Formats;
using PretrainCluster.Skeletons.Formats.Npz;
using PretrainCluster.Skeletons.Formats.Pickle;

namespace PretrainCluster.Skeletons.Import;

/// <summary>
/// A folder as ST-GCN (Yan et al. 2018), 2s-AGCN and what was built on them prepare it: {train,val}_data_joint.npy, _data.npy or _position.npy [clips, 3, frames, joints,
/// persons], and {train,val}_label.pkl, a tuple of names and 0-based labels; {train,val}_num_frame.npy [clips] where it is there. A clip ends with num_frame, otherwise
/// with its last frame that is not all zeros. The arrays are read a clip at a time.
/// </summary>
public sealed class StGcnSource : ISkeletonSource
{
    [Kind("st-gcn", "_data_joint.npy and _label.pkl files of ST-GCN, in a folder")]
    public sealed record Format : SourceFormat
    {
        public override bool IsAlone => true;

        public override bool Recognizes(string path) =>
            path.EndsWith(LabelsEnd, StringComparison.OrdinalIgnoreCase) || path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)
                ? throw new InputException($"{path}: name the folder that holds the labels and the coordinates, not one of the files.")
                : Directory.Exists(path) && Directory.EnumerateFiles(path, "*" + LabelsEnd).Any();

        public override ISkeletonSource Open(SourceRequest request) => new StGcnSource(request.Paths[0], request.Layout, request.Split);
    }

    const int Axes = 3;

    /// <summary>In the order of preference; the last is of CrosSCLR and AimCLR, which shorten every clip to 50 frames.</summary>
    static readonly string[] DataNames = ["_data_joint.npy", "_data.npy", "_position.npy"];

    readonly string _folder;
    readonly Side[] _sides;
    readonly HashSet<string> _train;
    readonly FolderDigest _digest;

    /// <param name="folder">Of the files.</param>
    /// <param name="layout">Null where the number of joints says enough.</param>
    /// <param name="split">What the folder's own split is called; null for what its name says.</param>
    /// <exception cref="InputException">Files are missing, do not belong together, or are not of that form.</exception>
    public StGcnSource(string folder, JointLayout? layout, string? split)
    {
        _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        _digest = new FolderDigest(Path.GetFileName(_folder));
        _sides = [.. new[] { "train", "val", "test" }.Where(side => File.Exists(In(side + LabelsEnd))).Select(Open)];
        if (_sides.Length == 0)
            throw new InputException($"{folder}: holds no train{LabelsEnd} or val{LabelsEnd}.");
        if (_sides.Any(side => side.Joints != _sides[0].Joints || side.Persons != _sides[0].Persons))
            throw new InputException($"{folder}: {_sides[0].Name} and {_sides[1].Name} differ in joints or persons; they do not belong together.");
        var names = _sides.SelectMany(side => side.Names).ToList();
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InputException($"{folder}: {twice.Key} occurs {twice.Count()} times in the names; a clip belongs to one side, once.");
        Layout = JointLayouts.OfJoints(layout, _sides[0].Joints, folder);

        var named = NtuNames.Classes(names);
        var classes = named ?? [.. Enumerable.Range(1, _sides.Max(side => side.Labels.DefaultIfEmpty(-1).Max()) + 1).Select(number => $"class {number}")];
        foreach (var side in _sides)
            if (side.Labels.FindIndex(label => label >= classes.Count) is >= 0 and var outside)
                throw new InputException($"{In(side.Name + LabelsEnd)}: {side.Names[outside]} has label {side.Labels[outside]}; the labels of its {classes.Count} classes are 0 to {classes.Count - 1}.");
        _train = [.. _sides.Where(side => side.Name == "train").SelectMany(side => side.Names)];
        Facts = new SourceFacts(
            "st-gcn", Layout, _sides[0].Persons, classes, "as in the file", names.Count, named is null ? ["subjects", "views", "setups"] : [], [])
        {
            Planar = Layout == JointLayouts.OpenPose18 || Layout == JointLayouts.Coco17,
        };
        Splits = [new(split ?? NpzSource.NameOfSplit(_folder), "as in the folder", clip => _train.Contains(clip.Name) ? SplitSide.Train : SplitSide.Test)];
    }

    /// <summary>What the name of a file with labels ends with.</summary>
    public const string LabelsEnd = "_label.pkl";

    public SourceFacts Facts { get; }

    public IReadOnlyList<SplitRule> Splits { get; }

    JointLayout Layout { get; }

    public IEnumerable<Sample> Read()
    {
        foreach (var side in _sides)
        {
            using var file = new HashingStream(OpenFile(side.Data));
            using var array = new NpyArray(file, file.Length, side.Data);
            var buffer = new float[Axes * side.Frames * side.Joints * side.Persons];
            for (var i = 0; i < side.Names.Count; i++)
            {
                array.Read(buffer);
                yield return Sample(side, i, buffer);
            }

            array.Finish();
            _digest.Add(Path.GetFileName(side.Data), file.Length, file.Finish());
        }
    }

    public IReadOnlyList<SourceFile> Files() => [_digest.Result()];

    public void Dispose()
    {
    }

    Sample Sample(Side side, int index, float[] buffer)
    {
        var (name, where) = (side.Names[index], $"{side.Data}[{index}] ({side.Names[index]})");
        var frames = side.Lengths?[index] ?? LastFrame(buffer, side) + 1;
        if (frames == 0 || !buffer.AsSpan().ContainsAnyExcept(0f))
            return new LeftOutSample(name, DefectKind.Skipped, $"{where}: all zeros.");
        var (subject, view, setup) = NtuNames.Numbers(name);
        return new ReadSample(new Clip(name, side.Labels[index], subject, view, setup, side.Persons, frames, side.Joints, Positions(buffer, side, frames)));
    }

    /// <summary>The last frame in which anything is not zero, or -1. One frame of one axis is [joints, persons].</summary>
    static int LastFrame(float[] buffer, Side side)
    {
        var (pose, axis) = (side.Joints * side.Persons, side.Frames * side.Joints * side.Persons);
        return Enumerable.Range(0, Axes).Max(i => buffer.AsSpan(i * axis, axis).LastIndexOfAnyExcept(0f) is >= 0 and var last ? last / pose : -1);
    }

    /// <summary>From [3, frames, joints, persons] to [frames, persons, joints, 3].</summary>
    static float[] Positions(float[] buffer, Side side, int frames)
    {
        var (joints, persons) = (side.Joints, side.Persons);
        var positions = new float[frames * persons * joints * Axes];
        for (var axis = 0; axis < Axes; axis++)
            for (var frame = 0; frame < frames; frame++)
                for (var joint = 0; joint < joints; joint++)
                    for (var person = 0; person < persons; person++)
                        positions[(((((frame * persons) + person) * joints) + joint) * Axes) + axis] = buffer[(((((axis * side.Frames) + frame) * joints) + joint) * persons) + person];
        return positions;
    }

    Side Open(string side)
    {
        var data = DataNames.Select(name => In(side + name)).FirstOrDefault(File.Exists)
            ?? throw new InputException($"{In(side + LabelsEnd)}: beside it is no {string.Join(", no ", DataNames.Select(name => side + name))}.");
        var (names, labels) = Labels(In(side + LabelsEnd));
        using var file = OpenFile(data);
        var header = NpyHeader.Read(file, file.Length, data);
        if (header.Type is not ("f2" or "f4" or "f8"))
            throw new InputException($"{data}: has element type {header.Type}; expected float32.");
        if (header.Shape is not [var count, Axes, var frames, var joints, var persons])
            throw new InputException($"{data}: has shape ({string.Join(", ", header.Shape)}); expected [clips, 3, frames, joints, persons].");
        if (frames is < 1 or > SourceLimits.MaxFrames || joints is < 1 or > JointLayout.MaxJoints || persons is < 1 or > SourceLimits.MaxPersons || Axes * frames * joints * persons > SourceLimits.MaxCoordinates)
            throw new InputException($"{data}: has shape ({string.Join(", ", header.Shape)}), which no set of clips of one or two persons has.");
        if (count != names.Count)
            throw new InputException($"{data}: has {count} clips where {side}{LabelsEnd} names {names.Count}; they do not belong together.");
        return new Side(side, data, names, labels, (int)frames, (int)joints, (int)persons, Lengths(side, names.Count, (int)frames));
    }

    (List<string> Names, List<int> Labels) Labels(string path)
    {
        using var file = PickleFile.Open(path);
        if (Items(file.Root) is not [var first, var second] || Items(first) is not { } names || names.Any(name => name is not string { Length: > 0 }))
            throw new InputException($"{path}: is no pair of names and labels.");
        var labels = second is PickleArray { Header: { Shape: [> 0 and <= SourceLimits.MaxCoordinates], Type: not ("f2" or "f4" or "f8") } } array
            ? file.Read(array, path).Select(label => (object?)(long)label).ToList()
            : Items(second);
        if (labels?.Count != names.Count)
            throw new InputException($"{path}: has {names.Count} names and {labels?.Count ?? 0} labels.");
        if (labels.FindIndex(label => label is not (long and >= 0 and < SourceLimits.MaxClasses)) is >= 0 and var bad)
            throw new InputException($"{path}: {names[bad]} has no label from 0 to {SourceLimits.MaxClasses - 1}.");
        Hash(path);
        return ([.. names.Cast<string>().Select(Name)], [.. labels.Select(label => (int)(long)label!)]);
    }

    int[]? Lengths(string side, int count, int frames)
    {
        var path = In(side + "_num_frame.npy");
        if (!File.Exists(path))
            return null;
        using var file = OpenFile(path);
        using var array = new NpyArray(file, file.Length, path);
        if (array.Header.Shape is not [var lengths] || lengths != count)
            throw new InputException($"{path}: has shape ({string.Join(", ", array.Header.Shape)}); expected one number for each of the {count} clips.");
        var values = new double[count];
        array.Read(values);
        if (Array.FindIndex(values, value => !(value >= 0 && value <= frames && value == Math.Floor(value))) is >= 0 and var bad)
            throw new InputException($"{path}[{bad}]: {values[bad]} is no number of frames from 0 to {frames}.");
        Hash(path);
        return Array.ConvertAll(values, value => (int)value);
    }

    void Hash(string path)
    {
        using var file = new HashingStream(OpenFile(path));
        _digest.Add(Path.GetFileName(path), file.Length, file.Finish());
    }

    string In(string file) => Path.Combine(_folder, file);

    static List<object?>? Items(object? value) => value switch
    {
        List<object?> list => list,
        object?[] tuple => [.. tuple],
        _ => null,
    };

    static string Name(string name) => name.EndsWith(".skeleton", StringComparison.OrdinalIgnoreCase) ? name[..^".skeleton".Length] : name;

    static FileStream OpenFile(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);

    sealed record Side(string Name, string Data, List<string> Names, List<int> Labels, int Frames, int Joints, int Persons, int[]? Lengths);
}
