using PretrainCluster.Skeletons.Formats.Pickle;

namespace PretrainCluster.Skeletons.Import;

/// <summary>
/// The pickle of pyskl (Duan et al. 2022) and MMAction2: a dict of 'split', names by split, and 'annotations', each with frame_dir, label and
/// keypoint [persons, frames, joints, 2 or 3]. 2D ones also have img_shape and keypoint_score [persons, frames, joints].
/// 3D keypoints are taken as they are. Of 2D ones x and y become what pyskl's PreNormalize2D makes of them, -1 to 1 over the image's width and height, and the score
/// stands in place of z, as ST-GCN has it; a joint with a score of at most 0.01 has x = y = 0.
/// </summary>
public sealed class PysklSource : ISkeletonSource
{
    [Kind("pyskl", "a .pkl of pyskl")]
    public sealed record Format : SourceFormat
    {
        public override bool IsAlone => true;

        public override bool Recognizes(string path) =>
            (path.EndsWith(".pkl", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".pickle", StringComparison.OrdinalIgnoreCase))
            && !path.EndsWith(StGcnSource.LabelsEnd, StringComparison.OrdinalIgnoreCase)
            && (File.Exists(path) ? true : throw new InputException($"{path}: no such file."));

        public override ISkeletonSource Open(SourceRequest request) =>
            new PysklSource(request.Paths[0], request.Layout, request.Split, pixels: request.Preprocessing == "none");
    }

    /// <summary>The name of what is done to 2D keypoints.</summary>
    public const string Family = "image";

    /// <summary>Several times Kinetics-700; a pickle can repeat one annotation in two bytes.</summary>
    const int MaxClips = 1 << 22;
    const float LeastScore = 0.01f;

    readonly PickleFile _file;
    readonly List<Annotation> _annotations = [];
    readonly bool _pixels;
    readonly List<SourceFile> _read = [];

    /// <param name="path">The file.</param>
    /// <param name="layout">Null where the number of joints says enough.</param>
    /// <param name="split">What a split is called that the file calls train and val alone; null for "file".</param>
    /// <param name="pixels">Leaves 2D keypoints as they are.</param>
    /// <exception cref="InputException">The pickle is none of that form, or wants to call something.</exception>
    public PysklSource(string path, JointLayout? layout, string? split, bool pixels = false)
    {
        _pixels = pixels;
        _file = PickleFile.Open(path);
        try
        {
            if (_file.Root is not Dictionary<object, object?> root || root.GetValueOrDefault("annotations") is not List<object?> annotations || root.GetValueOrDefault("split") is not Dictionary<object, object?> splits)
                throw new InputException($"{path}: is no dict with 'split' and 'annotations', as pyskl writes it.");
            if (annotations.Count > MaxClips)
                throw new InputException($"{path}: has {annotations.Count} annotations; more than {MaxClips} are refused.");
            for (var i = 0; i < annotations.Count; i++)
                _annotations.Add(Check(annotations[i], $"{path}: annotation {i}"));
            if (_annotations.Count == 0)
                throw new InputException($"{path}: has no annotations.");

            var (joints, axes) = (_annotations[0].Joints, _annotations[0].Axes);
            if (_annotations.Find(other => other.Joints != joints || other.Axes != axes) is { } odd)
                throw new InputException($"{odd.Where}: has {odd.Joints} joints of {odd.Axes} coordinates where {_annotations[0].Name} has {joints} of {axes}; they do not belong together.");
            Layout = JointLayouts.OfJoints(layout, joints, path);

            var named = NtuNames.Classes(_annotations.Select(annotation => annotation.Name));
            var classes = named ?? [.. Enumerable.Range(1, _annotations.Max(annotation => annotation.Label) + 1).Select(number => $"class {number}")];
            if (_annotations.Find(annotation => annotation.Label >= classes.Count) is { } outside)
                throw new InputException($"{outside.Where}: has label {outside.Label}; the labels of its {classes.Count} classes are 0 to {classes.Count - 1}.");
            var (rules, notes) = PysklSplits.Find(splits, _annotations.Select(annotation => annotation.Name), split, path);
            Splits = rules;
            Facts = new SourceFacts(
                "pyskl", Layout, Math.Clamp(_annotations.Max(annotation => annotation.Persons), 1, SourceLimits.MaxPersons), classes, axes == 2 && !pixels ? Family : "none", _annotations.Count,
                named is null ? ["subjects", "views", "setups"] : [], [.. notes, .. Crowds()])
            {
                Planar = axes == 2,
            };
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

    public IEnumerable<Sample> Read()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var annotation in _annotations)
            yield return seen.Add(annotation.Name)
                ? Read(annotation)
                : new LeftOutSample(annotation.Name, DefectKind.Skipped, $"{annotation.Where}: the name occurred before; the first was taken.");
        _read.Add(FolderDigest.OfFile(_file.Path));
    }

    public IReadOnlyList<SourceFile> Files() => _read;

    public void Dispose() => _file.Dispose();

    Sample Read(Annotation annotation)
    {
        if (annotation.Persons == 0 || annotation.Frames == 0)
            return new LeftOutSample(annotation.Name, DefectKind.Skipped, $"{annotation.Where}: has {annotation.Persons} persons in {annotation.Frames} frames.");
        if (annotation.TotalFrames is { } total && total != annotation.Frames)
            return new LeftOutSample(annotation.Name, DefectKind.Broken, $"{annotation.Where}: total_frames is {total}, keypoint has {annotation.Frames}.");
        if (annotation.Axes == 2 && !_pixels && annotation.Image is null)
            return new LeftOutSample(annotation.Name, DefectKind.Broken, $"{annotation.Where}: has 2D keypoints and no img_shape of (height, width); --preprocess none takes pixels.");
        try
        {
            var positions = Positions(annotation);
            var persons = Math.Min(annotation.Persons, Facts.Persons);
            if (!positions.AsSpan().ContainsAnyExcept(0f))
                return new LeftOutSample(annotation.Name, DefectKind.Skipped, $"{annotation.Where}: all zeros.");
            var (subject, view, setup) = NtuNames.Numbers(annotation.Name);
            return new ReadSample(new Clip(annotation.Name, annotation.Label, subject, view, setup, persons, annotation.Frames, annotation.Joints, positions));
        }
        catch (InputException problem)
        {
            return new LeftOutSample(annotation.Name, DefectKind.Broken, problem.Message);
        }
    }

    /// <summary>From [persons, frames, joints, axes] to [frames, persons, joints, 3].</summary>
    float[] Positions(Annotation annotation)
    {
        var (frames, joints, axes) = (annotation.Frames, annotation.Joints, annotation.Axes);
        var keypoint = _file.Read(annotation.Keypoint, $"{annotation.Where}, keypoint");
        var score = annotation.Score is { } scores ? _file.Read(scores, $"{annotation.Where}, keypoint_score") : null;
        var persons = Math.Min(annotation.Persons, Facts.Persons);
        var positions = new float[frames * persons * joints * 3];
        for (var person = 0; person < persons; person++)
            for (var frame = 0; frame < frames; frame++)
                for (var joint = 0; joint < joints; joint++)
                {
                    var from = (((person * frames) + frame) * joints) + joint;
                    var position = positions.AsSpan(((((frame * persons) + person) * joints) + joint) * 3, 3);
                    keypoint.AsSpan(from * axes, axes).CopyTo(position);
                    if (axes == 2)
                        Place(position, score?[from], annotation.Image);
                }

        return positions;
    }

    void Place(Span<float> position, float? score, (int Height, int Width)? image)
    {
        position[2] = score ?? 0;
        if (_pixels || image is not { } size)
            return;
        if (score <= LeastScore)
            position[..2].Clear();
        else
            (position[0], position[1]) = ((position[0] - (size.Width / 2f)) / (size.Width / 2f), (position[1] - (size.Height / 2f)) / (size.Height / 2f));
    }

    IEnumerable<string> Crowds()
    {
        var crowds = _annotations.Count(annotation => annotation.Persons > SourceLimits.MaxPersons);
        return crowds == 0 ? [] : [$"{crowds} clips have more than {SourceLimits.MaxPersons} persons; the first {SourceLimits.MaxPersons} are kept, as pyskl's FormatGCNInput does"];
    }

    static Annotation Check(object? value, string where)
    {
        if (value is not Dictionary<object, object?> fields)
            throw new InputException($"{where}: is no dict.");
        if ((fields.GetValueOrDefault("frame_dir") ?? fields.GetValueOrDefault("filename")) is not string name || name.Length == 0)
            throw new InputException($"{where}: has no frame_dir, which names it.");
        where = $"{where} ({name})";
        if (fields.GetValueOrDefault("label") is not (long and >= 0 and < SourceLimits.MaxClasses and var label))
            throw new InputException($"{where}: has no label from 0 to {SourceLimits.MaxClasses - 1}.");
        if (fields.GetValueOrDefault("keypoint") is not PickleArray keypoint)
            throw new InputException($"{where}: has no keypoint{(fields.ContainsKey("raw_file") ? ", only a raw_file that holds it elsewhere; pickles of one file are imported" : "")}.");
        if (keypoint.Header.Shape is not [var persons, var frames, var joints, var axes] || axes is not (2 or 3))
            throw new InputException($"{where}: keypoint has shape ({string.Join(", ", keypoint.Header.Shape)}); expected [persons, frames, joints, 2 or 3].");
        if (joints is < 1 or > JointLayout.MaxJoints || keypoint.Header.Elements > SourceLimits.MaxCoordinates || persons > SourceLimits.MaxCoordinates || frames > SourceLimits.MaxCoordinates)
            throw new InputException($"{where}: keypoint has shape ({persons}, {frames}, {joints}, {axes}), which no clip has.");
        var score = fields.GetValueOrDefault("keypoint_score") as PickleArray;
        if (score is not null && !score.Header.Shape.SequenceEqual([persons, frames, joints]))
            throw new InputException($"{where}: keypoint_score has shape ({string.Join(", ", score.Header.Shape)}), which is not that of keypoint without its last.");
        return new Annotation(
            name, where, (int)label, keypoint, score, (int)persons, (int)frames, (int)joints, (int)axes, fields.GetValueOrDefault("total_frames") as long?, Image(fields.GetValueOrDefault("img_shape")));
    }

    static (int Height, int Width)? Image(object? shape)
    {
        var sides = shape switch
        {
            object?[] tuple => tuple,
            List<object?> list => [.. list.Take(3)],
            _ => [],
        };
        return sides is [long and > 0 and <= int.MaxValue and var height, long and > 0 and <= int.MaxValue and var width] ? ((int)height, (int)width) : null;
    }

    sealed record Annotation(
        string Name, string Where, int Label, PickleArray Keypoint, PickleArray? Score, int Persons, int Frames, int Joints, int Axes, long? TotalFrames, (int Height, int Width)? Image);
}
