using System.Globalization;
using PretrainCluster.Skeletons.Formats.Npz;

namespace PretrainCluster.Skeletons.Import;

/// <summary>
/// The .npz of CTR-GCN, MAMP and others: x_train and x_test [clips, frames, persons x joints x 3] with zeros after the last valid frame,
/// y_train and y_test one-hot or as numbers. It names no sample, so clips are called train-00000, train-00001 ... in the order of the file.
/// </summary>
public sealed class NpzSource : ISkeletonSource
{
    [Kind("npz", "an .npz of CTR-GCN or MAMP")]
    public sealed record Format : SourceFormat
    {
        public override bool IsAlone => true;

        public override bool Recognizes(string path) => path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)
            && (File.Exists(path) ? true : throw new InputException($"{path}: no such file."));

        public override ISkeletonSource Open(SourceRequest request) => new NpzSource(request.Paths[0], request.Layout, request.Split);
    }

    readonly NpzFile _file;
    readonly Side[] _sides;
    readonly List<SourceFile> _read = [];

    /// <param name="path">The file.</param>
    /// <param name="layout">Null where the number of values a frame says enough.</param>
    /// <param name="split">What the file's own split is called; null for what its name says.</param>
    public NpzSource(string path, JointLayout? layout, string? split)
    {
        if (split is not null && !split.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
            throw new InputException($"--split {split}: a split's name has letters, digits, '-', '_' and '.' only.");

        _file = NpzFile.Open(path);
        try
        {
            _sides = [.. new[] { "train", "test" }.Where(side => _file.Arrays.Contains("x_" + side)).Select(ReadLabels)];
            if (_sides.Length == 0)
                throw new InputException($"{path}: holds neither x_train nor x_test; it has {(_file.Arrays.Count == 0 ? "no arrays" : string.Join(", ", _file.Arrays.Take(20)))}.");

            var width = _sides[0].Width;
            if (_sides.Any(side => side.Width != width || side.Classes != _sides[0].Classes))
                throw new InputException($"{path}: x_train and x_test differ in values a frame or in classes; they do not belong together.");
            layout ??= JointLayouts.Only(built => width == built.Joints.Count * 3 || width == built.Joints.Count * 6, _file.Path, $"{width} values a frame");
            Persons = width / (layout.Joints.Count * 3);
            if (width % (layout.Joints.Count * 3) != 0 || Persons is < 1 or > SourceLimits.MaxPersons)
                throw new InputException($"{path}: {width} values a frame are not one or two persons of {layout.Joints.Count} joints (layout {layout.Name}); say --layout.");

            Layout = layout;
            var classes = _sides[0].Classes ?? _sides.Max(side => side.Labels.DefaultIfEmpty(-1).Max()) + 1;
            var named = NameUtdMhad();
            Facts = new SourceFacts(
                "npz", layout, Persons, Names(classes), "as in the file", _sides.Sum(side => side.Count),
                named ? ["views", "setups"] : ["sample names", "subjects", "views", "setups"],
                named ? ["names and subjects follow from the order of the clips, which is that of UTD-MHAD's file names"] : []);
            Splits = [new(split ?? NameOfSplit(path), "as in the file", clip => IsTrain(clip) ? SplitSide.Train : SplitSide.Test)];
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public SourceFacts Facts { get; }

    public IReadOnlyList<SplitRule> Splits { get; }

    JointLayout Layout { get; }

    int Persons { get; }

    public IEnumerable<Sample> Read()
    {
        foreach (var side in _sides)
        {
            using var array = _file.Read("x_" + side.Name);
            var buffer = new float[side.Frames * side.Width];
            for (var i = 0; i < side.Count; i++)
            {
                array.Read(buffer);
                yield return Sample(side, i, buffer);
            }

            array.Finish();
        }

        _read.Add(FolderDigest.OfFile(_file.Path));
    }

    public IReadOnlyList<SourceFile> Files() => _read;

    public void Dispose() => _file.Dispose();

    /// <summary>NTU60_XSub, NTU60_CS and the like say which split they are; other files do not.</summary>
    public static string NameOfSplit(string path) => Path.GetFileNameWithoutExtension(path).Split('_', '-')[^1].ToLowerInvariant() switch
    {
        "xsub" or "cs" or "csub" => "xsub",
        "xview" or "cv" => Path.GetFileName(path).Contains("120") ? "xset" : "xview",
        "xset" or "cset" => "xset",
        _ => "file",
    };

    Sample Sample(Side side, int index, float[] buffer)
    {
        var (name, subject) = side.Samples?[index] ?? ($"{side.Name}-{index.ToString("00000", CultureInfo.InvariantCulture)}", -1);
        var last = buffer.AsSpan().LastIndexOfAnyExcept(0f);
        if (last < 0)
            return new LeftOutSample(name, DefectKind.Skipped, $"{_file.Path}:x_{side.Name}[{index}]: all zeros.");

        var frames = (last / side.Width) + 1;
        var positions = buffer.AsSpan(0, frames * side.Width).ToArray();
        var bad = Array.FindIndex(positions, value => !float.IsFinite(value));
        if (bad >= 0)
            return new LeftOutSample(name, DefectKind.Broken, $"{_file.Path}:x_{side.Name}[{index}]: frame {bad / side.Width} has a coordinate that is not finite.");
        return new ReadSample(new Clip(name, side.Labels[index], subject, -1, -1, Persons, frames, Layout.Joints.Count, positions));
    }

    Side ReadLabels(string side)
    {
        int count, frames, width;
        using (var x = _file.Read("x_" + side))
        {
            (count, frames, width) = Shape(x, side);
        }

        using var y = _file.Read("y_" + side);
        var shape = y.Header.Shape;
        var where = $"{_file.Path}:y_{side}";
        if (shape.Count is not (1 or 2) || shape[0] != count)
            throw new InputException($"{where}: has shape ({string.Join(", ", shape)}); expected one label or one one-hot row for each of the {count} clips of x_{side}.");
        if (shape.Count == 2 && shape[1] is < 1 or > SourceLimits.MaxClasses)
            throw new InputException($"{where}: has {shape[1]} classes; 1 to {SourceLimits.MaxClasses} are possible.");

        int? classes = shape.Count == 2 ? (int)shape[1] : null;
        var row = new double[classes ?? 1];
        var labels = new List<int>();
        for (var i = 0; i < count; i++)
        {
            y.Read(row);
            labels.Add(classes is null ? Number(row[0], $"{where}[{i}]") : OneHot(row, $"{where}[{i}]"));
        }

        y.Finish();
        return new Side(side, count, frames, width, classes, labels);
    }

    (int Count, int Frames, int Width) Shape(NpyArray x, string side)
    {
        var where = $"{_file.Path}:x_{side}";
        if (x.Header.Type is not ("f2" or "f4" or "f8"))
            throw new InputException($"{where}: has element type {x.Header.Type}; expected float32.");
        if (x.Header.Shape is not [var count, var frames, var width])
            throw new InputException($"{where}: has shape ({string.Join(", ", x.Header.Shape)}); expected [clips, frames, persons x joints x 3].");
        if (count is < 1 or > int.MaxValue || frames is < 1 or > SourceLimits.MaxFrames || width is < 3 or > SourceLimits.MaxCoordinates || frames * width > SourceLimits.MaxCoordinates)
            throw new InputException($"{where}: has shape ({count}, {frames}, {width}), which no set of clips has.");
        return ((int)count, (int)frames, (int)width);
    }

    bool NameUtdMhad()
    {
        if (!ReferenceEquals(Layout, JointLayouts.UtdMhad) || _sides.Length != 2)
            return false;
        var found = _sides.Select(side => UtdMhadOrder.Find(side.Labels, odd: side.Name == "train")).ToList();
        if (found.Contains(null))
            return false;
        for (var i = 0; i < _sides.Length; i++)
            _sides[i] = _sides[i] with { Samples = found[i] };
        return true;
    }

    static bool IsTrain(ClipFacts clip) =>
        clip.Subject >= 0 ? clip.Subject % 2 == 1 : clip.Name.StartsWith("train", StringComparison.Ordinal);

    IReadOnlyList<string> Names(int classes)
    {
        if (ReferenceEquals(Layout, JointLayouts.UtdMhad) && classes == UtdMhadClasses.All.Count)
            return UtdMhadClasses.All;
        return ReferenceEquals(Layout, JointLayouts.KinectV2) && Path.GetFileName(_file.Path).StartsWith($"NTU{classes}", StringComparison.OrdinalIgnoreCase) && classes is 60 or 120
            ? [.. NtuClasses.All.Take(classes)]
            : [.. Enumerable.Range(1, classes).Select(number => $"class {number}")];
    }

    static int Number(double value, string where) =>
        value >= 0 && value < SourceLimits.MaxClasses && value == Math.Floor(value) ? (int)value : throw new InputException($"{where}: {value} is no label.");

    static int OneHot(double[] row, string where)
    {
        var label = Array.FindIndex(row, value => value != 0);
        return label >= 0 && row[label] == 1 && Array.FindLastIndex(row, value => value != 0) == label
            ? label
            : throw new InputException($"{where}: is not one-hot.");
    }

    sealed record Side(string Name, int Count, int Frames, int Width, int? Classes, List<int> Labels)
    {
        /// <summary>Names and subjects, where they can be known.</summary>
        public IReadOnlyList<(string Name, int Subject)>? Samples { get; init; }
    }
}
