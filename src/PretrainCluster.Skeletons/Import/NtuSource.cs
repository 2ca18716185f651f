using PretrainCluster.Skeletons.Formats.Ntu;
using PretrainCluster.Skeletons.Import.Preprocessing;

namespace PretrainCluster.Skeletons.Import;

/// <summary>NTU RGB+D and NTU RGB+D 120: .skeleton files in folders or zips.</summary>
public sealed class NtuSource : FileSource
{
    [Kind("ntu", ".skeleton files of NTU RGB+D, in a folder or zips")]
    public sealed record Format : SourceFormat
    {
        public override JointLayout? Layout => JointLayouts.KinectV2;
        public override bool HasFamilies => true;
        public override bool Recognizes(string path) => Holds(path, ".skeleton", name => NtuName.TryParse(name, out _));

        public override ISkeletonSource Open(SourceRequest request) => new NtuSource(
            request.Paths, request.Preprocessing is { } family ? NtuPreprocessings.Find(family) : null, request.Missing ?? new HashSet<string>());
    }

    readonly INtuPreprocessing _preprocessing;
    readonly IReadOnlySet<string> _missing;

    /// <param name="paths">Folders or zips; NTU-120 comes as two.</param>
    /// <param name="preprocessing">A family, or null for the one of CTR-GCN that belongs to the data: of NTU-60, or of NTU-120 where a setup beyond 17 is there.</param>
    /// <param name="missing">Names to leave out.</param>
    public NtuSource(IReadOnlyList<string> paths, INtuPreprocessing? preprocessing, IReadOnlySet<string> missing)
        : base(paths, ".skeleton")
    {
        var names = All.Select(file => NtuName.TryParse(file.Name, out var name) ? name : default).Where(name => name != default).ToList();
        if (names.Count == 0)
        {
            Dispose();
            throw new InputException($"{Where}: holds no .skeleton file of NTU RGB+D (named as S001C001P001R001A001.skeleton).");
        }

        var extended = names.Any(name => name.Setup > NtuSplits.LastSetupOf60 || name.Action > NtuClasses.CountOf60);
        _preprocessing = preprocessing ?? new CtrGcnPreprocessing(repeatSinglePerson: extended);
        _missing = missing;
        Facts = new SourceFacts(
            "ntu", JointLayouts.KinectV2, 2, [.. NtuClasses.All.Take(extended ? NtuClasses.All.Count : NtuClasses.CountOf60)], _preprocessing.Name, All.Count(), [], []);
        Splits = extended ? [CrossSubject, CrossSetup, CrossView] : [CrossSubject, CrossView];
    }

    public override SourceFacts Facts { get; }

    public override IReadOnlyList<SplitRule> Splits { get; }

    static SplitRule CrossSubject { get; } = new(
        "xsub", "the published training subjects train, the others test",
        clip => NtuSplits.TrainsCrossSubject(clip.Subject) ? SplitSide.Train : SplitSide.Test);

    static SplitRule CrossView { get; } = new(
        "xview", "cameras 2 and 3 train, camera 1 tests; setups 1 to 17",
        clip => clip.Setup > NtuSplits.LastSetupOf60 ? SplitSide.Neither : NtuSplits.TrainsCrossView(clip.View) ? SplitSide.Train : SplitSide.Test);

    static SplitRule CrossSetup { get; } = new(
        "xset", "even setups train, odd ones test",
        clip => NtuSplits.TrainsCrossSetup(clip.Setup) ? SplitSide.Train : SplitSide.Test);

    protected override LeftOutSample? Refuse(string name, string path)
    {
        if (!NtuName.TryParse(name, out var numbers))
            return new LeftOutSample(name, DefectKind.Broken, $"{path}: the name is not of the form S001C001P001R001A001, so its class and subject cannot be known.");
        if (numbers.Action > Facts.Classes.Count)
            return new LeftOutSample(name, DefectKind.Broken, $"{path}: there is no action {numbers.Action}.");
        return _missing.Contains(name) ? new LeftOutSample(name, DefectKind.Skipped, "on the list of missing samples.") : null;
    }

    protected override Sample Parse(Stream stream, string name, string path)
    {
        NtuName.TryParse(name, out var numbers);
        var sequence = SkeletonParser.Parse(stream, name, path);
        if (_preprocessing.Apply(sequence) is not { } persons)
            return new LeftOutSample(name, DefectKind.Skipped, $"{path}: none of its {sequence.Frames.Count} frames shows a body.");
        return new ReadSample(new Clip(
            name, numbers.Action - 1, numbers.Performer, numbers.Camera, numbers.Setup, persons.Persons, persons.Frames, NtuSequence.Joints, persons.Positions));
    }
}
