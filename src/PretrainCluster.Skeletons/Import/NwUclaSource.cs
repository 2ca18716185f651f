using PretrainCluster.Skeletons.Formats.NwUcla;

namespace PretrainCluster.Skeletons.Import;

/// <summary>Northwestern-UCLA Multiview Action 3D (Wang et al. 2014): a folder or a zip of JSON files, one a sequence.</summary>
public sealed class NwUclaSource : FileSource
{
    [Kind("nw-ucla", "JSON files of NW-UCLA, in a folder or a zip")]
    public sealed record Format : SourceFormat
    {
        public override bool Recognizes(string path) => Holds(path, ".json", name => NwUclaName.TryParse(name, out _));

        public override ISkeletonSource Open(SourceRequest request) => new NwUclaSource(request.Paths, request.Layout);
    }

    static readonly string[] ClassNames =
    [
        "pick up with one hand", "pick up with two hands", "drop trash", "walk around", "sit down", "stand up", "donning", "doffing", "throw", "carry",
    ];

    readonly JointLayout _layout;

    public NwUclaSource(IReadOnlyList<string> paths, JointLayout? layout)
        : base(paths, ".json")
    {
        _layout = layout ?? JointLayouts.KinectV1;
        if (!All.Any(file => NwUclaName.TryParse(file.Name, out _)))
        {
            Dispose();
            throw new InputException($"{Where}: holds no JSON file of NW-UCLA (named as a01_s01_e00_v01.json).");
        }

        Facts = new SourceFacts("nw-ucla", _layout, 1, ClassNames, "none", All.Count(), ["setups"], []);
    }

    public override SourceFacts Facts { get; }

    public override IReadOnlyList<SplitRule> Splits { get; } =
    [
        new("xsub", "odd subjects train, even ones test", clip => clip.Subject % 2 == 1 ? SplitSide.Train : SplitSide.Test),
        new("xview", "views 1 and 2 train, view 3 tests", clip => clip.View is 1 or 2 ? SplitSide.Train : SplitSide.Test),
    ];

    protected override LeftOutSample? Refuse(string name, string path) =>
        NwUclaName.TryParse(name, out _)
            ? null
            : new LeftOutSample(name, DefectKind.Broken, $"{path}: the name is not of the form a01_s01_e00_v01, so its subject and view cannot be known.");

    protected override Sample Parse(Stream stream, string name, string path)
    {
        NwUclaName.TryParse(name, out var numbers);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var sequence = NwUclaParser.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), _layout.Joints.Count, path);
        if (sequence.Label < 1 || sequence.Label > ClassNames.Length)
            throw new InputException($"{path}: has label {sequence.Label}; labels are 1 to {ClassNames.Length}.");
        if (sequence.Frames == 0)
            return new LeftOutSample(name, DefectKind.Skipped, $"{path}: has no frames.");
        return new ReadSample(new Clip(
            name, sequence.Label - 1, numbers.Subject, numbers.View, -1, 1, sequence.Frames, _layout.Joints.Count, sequence.Positions));
    }
}
