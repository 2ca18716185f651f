using System.Globalization;
using PretrainCluster.Skeletons.Formats;
using PretrainCluster.Skeletons.Formats.PkuMmd;

namespace PretrainCluster.Skeletons.Import;

/// <summary>
/// PKU-MMD (Liu et al. 2017), either phase: long sequences as text, a label file of the same name for each, and the lists cross-subject and cross-view, in folders or
/// zips. Every labelled interval becomes a clip, from its start up to but not with its end, as MAMP cuts them, called 0002-L_0, 0002-L_1 ... in the order of the labels.
/// </summary>
public sealed class PkuMmdSource : ISkeletonSource
{
    [Kind("pku-mmd", ".txt files of PKU-MMD: its sequences, labels and lists")]
    public sealed record Format : SourceFormat
    {
        public override JointLayout? Layout => JointLayouts.KinectV2;
        public override bool Recognizes(string path) => Holds(path, ".txt", name => PkuMmdName.TryParse(name, out _));

        public override ISkeletonSource Open(SourceRequest request) => new PkuMmdSource(request.Paths);
    }

    /// <summary>A sequence of minutes has under 20 MB; a bound for what a zip may claim.</summary>
    const long MaxFile = 256L << 20;

    /// <summary>As much of a file as tells labels, which have commas, from coordinates, which have none.</summary>
    const int Peek = 4096;

    readonly List<InputFiles> _inputs = [];
    readonly Dictionary<InputFiles, FolderDigest> _digests = [];
    readonly SortedDictionary<string, Video> _videos = new(StringComparer.Ordinal);
    readonly List<LeftOutSample> _twice = [];
    readonly List<SourceFile> _read = [];

    /// <param name="paths">Folders or zips that together hold the sequences, the labels and the lists.</param>
    /// <exception cref="InputException">There are no labelled sequences, those of both phases, or lists that do not fit.</exception>
    public PkuMmdSource(IReadOnlyList<string> paths)
    {
        var where = string.Join(", ", paths);
        try
        {
            foreach (var path in paths)
                Open(path);
            if (!_videos.Values.Any(video => video.Sequence is not null && video.Labels is not null))
                throw new InputException($"{where}: holds no sequence of PKU-MMD (named as 0002-L.txt or A01N01-L.txt) with its label file, which has the same name in another folder.");
            var phases = _videos.Values.Select(video => video.Name.Phase).Distinct().ToList();
            if (phases.Count > 1)
                throw new InputException($"{where}: holds sequences of both phases of PKU-MMD; import each into a dataset of its own.");

            var notes = new List<string>();
            Splits = [.. new[] { (Name: "xsub", Word: "subject"), (Name: "xview", Word: "view") }.Select(split => Rule(split.Name, split.Word, phases[0], notes)).OfType<SplitRule>()];
            if (Splits.Count == 0)
                notes.Add("no list of sequences such as cross-subject.txt or cross-view.txt is there, so there is no split");
            Facts = new SourceFacts(
                "pku-mmd", JointLayouts.KinectV2, PkuMmdSequence.Persons, PkuMmdClasses.All, "none", _videos.Values.Sum(video => video.Sequence is null ? 1 : Math.Max(1, video.Labels?.Count ?? 0)) + _twice.Count,
                phases[0] == 1 ? ["subjects", "setups"] : ["setups"], notes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public SourceFacts Facts { get; }

    public IReadOnlyList<SplitRule> Splits { get; }

    public IEnumerable<Sample> Read()
    {
        foreach (var sample in _videos.Values.SelectMany(Read).Concat(_twice))
            yield return sample;
        foreach (var input in _inputs)
            _read.Add(_digests.TryGetValue(input, out var digest) ? digest.Result() : FolderDigest.OfFile(input.Path));
    }

    public IReadOnlyList<SourceFile> Files() => _read;

    public void Dispose()
    {
        foreach (var input in _inputs)
            input.Dispose();
    }

    void Open(string path)
    {
        var input = InputFiles.Open(path, ".txt");
        _inputs.Add(input);
        if (Directory.Exists(path))
            _digests[input] = new FolderDigest(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));
        foreach (var file in input.Files)
            if (PkuMmdName.TryParse(file.Name, out var name))
                Add(name, new Place(input, file));
    }

    void Add(PkuMmdName name, Place place)
    {
        if (!_videos.TryGetValue(name.Video, out var video))
            _videos.Add(name.Video, video = new Video(name));
        if (!HasCommas(place.File))
        {
            if (video.Sequence is { } first)
                _twice.Add(new LeftOutSample(name.Video, DefectKind.Skipped, $"{place.File.Path}: the same name as {first.File.Path}, which was taken."));
            else
                video.Sequence = place;
            return;
        }

        if (video.LabelFile is { } other)
            throw new InputException($"{place.File.Path}: {other} has labels of the same sequence; name the one that is meant.");
        video.LabelFile = place.File.Path;
        try
        {
            video.Labels = Use(place, stream => PkuMmdLabel.Read(stream, place.File.Path));
        }
        catch (InputException problem)
        {
            (video.Labels, video.Problem) = ([], problem.Message);
        }
    }

    static bool HasCommas(InputFile file)
    {
        using var stream = file.Open();
        var start = new byte[Peek];
        return start.AsSpan(0, stream.ReadAtLeast(start, Peek, throwOnEndOfStream: false)).Contains((byte)',');
    }

    IEnumerable<Sample> Read(Video video)
    {
        var name = video.Name.Video;
        if (video.Sequence is not { } place)
            return [new LeftOutSample(name, DefectKind.Skipped, $"{video.LabelFile}: there is no sequence to these labels.")];
        if (video.Labels is not { } labels)
            return [new LeftOutSample(name, DefectKind.Skipped, $"{place.File.Path}: there are no labels to this sequence.")];
        if (place.File.Bytes > MaxFile)
            return [new LeftOutSample(name, DefectKind.Broken, $"{place.File.Path}: {place.File.Bytes} bytes cannot be one sequence.")];
        try
        {
            var sequence = Use(place, stream => PkuMmdSequence.Read(stream, place.File.Path));
            if (labels.Count == 0)
                return [video.Problem is { } problem ? new LeftOutSample(name, DefectKind.Broken, problem) : new LeftOutSample(name, DefectKind.Skipped, $"{video.LabelFile}: has no labels.")];
            return labels.Select((label, index) => Cut(video, sequence, label, index));
        }
        catch (InputException problem)
        {
            return [new LeftOutSample(name, DefectKind.Broken, problem.Message)];
        }
    }

    static Sample Cut(Video video, PkuMmdSequence sequence, PkuMmdLabel label, int index)
    {
        var name = $"{video.Name.Video}_{index.ToString(CultureInfo.InvariantCulture)}";
        var where = $"{video.LabelFile}, line {label.Line}";
        if (label.Action < 1 || label.Action > PkuMmdClasses.All.Count)
            return new LeftOutSample(name, DefectKind.Broken, $"{where}: label {label.Action}; labels are 1 to {PkuMmdClasses.All.Count}.");
        if (label.Start < 0 || label.End <= label.Start || label.End > sequence.Frames)
            return new LeftOutSample(name, DefectKind.Broken, $"{where}: frames {label.Start} up to {label.End} are no part of a sequence of {sequence.Frames} frames.");
        var positions = sequence.Positions.AsSpan(label.Start * PkuMmdSequence.Stride, (label.End - label.Start) * PkuMmdSequence.Stride).ToArray();
        return positions.AsSpan().ContainsAnyExcept(0f)
            ? new ReadSample(new Clip(
                name, label.Action - 1, video.Name.Subject, video.Name.View, -1, PkuMmdSequence.Persons, label.End - label.Start, PkuMmdSequence.Joints, positions))
            : new LeftOutSample(name, DefectKind.Skipped, $"{where}: all zeros.");
    }

    /// <summary>The split by the one list of this phase, or null where there is no list at all.</summary>
    SplitRule? Rule(string name, string word, int phase, List<string> notes)
    {
        var lists = _inputs.SelectMany(input => input.Files.Where(file => IsList(file.Name, word)).Select(file => new Place(input, file)))
            .Select(place => (place.File.Path, Split: Use(place, stream => PkuMmdSplit.Read(stream, place.File.Path)))).ToList();
        if (lists.Count == 0)
            return null;
        var fitting = lists.Where(list => list.Split.Phase == phase).ToList();
        if (fitting.Count == 0)
            throw new InputException($"{lists[0].Path}: names sequences of the other phase of PKU-MMD than those here; put the list of phase {(phase == 1 ? "I" : "II")} in its place.");
        var (path, split) = fitting[0];
        if (fitting.Find(other => !other.Split.Train.SetEquals(split.Train) || !other.Split.Test.SetEquals(split.Test)) is { Path: { } second })
            throw new InputException($"{path} and {second} divide the sequences differently; leave one.");

        if (_videos.Keys.Count(video => !split.Train.Contains(video) && !split.Test.Contains(video)) is > 0 and var unlisted)
            notes.Add($"split {name}: not on its list, so on neither side: {unlisted} of {_videos.Count} sequences");
        if (split.Train.Concat(split.Test).Count(video => !_videos.ContainsKey(video)) is > 0 and var missing)
            notes.Add($"split {name}: on its list, but not here: {missing} of {split.Train.Count + split.Test.Count} sequences");
        return new SplitRule(name, $"the list {Path.GetFileName(path)}", clip => Side(split, clip.Name[..clip.Name.LastIndexOf('_')]));
    }

    static SplitSide Side(PkuMmdSplit split, string video) =>
        split.Train.Contains(video) ? SplitSide.Train : split.Test.Contains(video) ? SplitSide.Test : SplitSide.Neither;

    static bool IsList(string file, string word) =>
        file.Contains("cross", StringComparison.OrdinalIgnoreCase) && file.Contains(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file and counts it into the digest of its folder.</summary>
    T Use<T>(Place place, Func<Stream, T> read)
    {
        using var stream = new HashingStream(place.File.Open());
        try
        {
            return read(stream);
        }
        finally
        {
            if (_digests.TryGetValue(place.Input, out var digest))
                digest.Add(Path.GetRelativePath(place.Input.Path, place.File.Path), place.File.Bytes, stream.Finish());
        }
    }

    sealed record Place(InputFiles Input, InputFile File);

    sealed class Video(PkuMmdName name)
    {
        public PkuMmdName Name => name;
        public Place? Sequence { get; set; }
        public string? LabelFile { get; set; }
        public IReadOnlyList<PkuMmdLabel>? Labels { get; set; }
        public string? Problem { get; set; }
    }
}
