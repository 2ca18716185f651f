using PretrainCluster.Skeletons.Formats.Mat;
using PretrainCluster.Skeletons.Formats.UtdMhad;

namespace PretrainCluster.Skeletons.Import;

/// <summary>UTD-MHAD (Chen et al. 2015) as published: a folder or a zip of MATLAB files, one a sequence, each with d_skel [20, 3, frames] in metres.</summary>
public sealed class UtdMhadSource : FileSource
{
    [Kind("utd-mhad", "_skeleton.mat files of UTD-MHAD, in a folder or a zip")]
    public sealed record Format : SourceFormat
    {
        public override JointLayout? Layout => JointLayouts.UtdMhad;
        public override bool Recognizes(string path) => Holds(path, Extension, name => UtdMhadName.TryParse(name, out _));

        public override ISkeletonSource Open(SourceRequest request) => new UtdMhadSource(request.Paths);
    }

    /// <summary>The end of the names, which tells skeletons from the inertial sensors' files beside them.</summary>
    public const string Extension = "_skeleton.mat";

    const string Variable = "d_skel";
    const int MaxFrames = 100_000;

    static readonly int Joints = JointLayouts.UtdMhad.Joints.Count;

    public UtdMhadSource(IReadOnlyList<string> paths)
        : base(paths, Extension)
    {
        if (!All.Any(file => UtdMhadName.TryParse(file.Name, out _)))
        {
            Dispose();
            throw new InputException($"{Where}: holds no skeleton file of UTD-MHAD (named as a1_s1_t1_skeleton.mat).");
        }

        Facts = new SourceFacts("utd-mhad", JointLayouts.UtdMhad, 1, UtdMhadClasses.All, "none", All.Count(), ["views", "setups"], []);
    }

    public override SourceFacts Facts { get; }

    public override IReadOnlyList<SplitRule> Splits { get; } =
        [new("xsub", "odd subjects train, even ones test", clip => clip.Subject % 2 == 1 ? SplitSide.Train : SplitSide.Test)];

    protected override LeftOutSample? Refuse(string name, string path)
    {
        if (!UtdMhadName.TryParse(name, out var numbers))
            return new LeftOutSample(name, DefectKind.Broken, $"{path}: the name is not of the form a1_s1_t1_skeleton, so its class and subject cannot be known.");
        return numbers.Action > UtdMhadClasses.All.Count
            ? new LeftOutSample(name, DefectKind.Broken, $"{path}: there is no action {numbers.Action}; UTD-MHAD has {UtdMhadClasses.All.Count}.")
            : null;
    }

    protected override Sample Parse(Stream stream, string name, string path)
    {
        UtdMhadName.TryParse(name, out var numbers);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        var skeleton = MatFile.Read(bytes.ToArray(), Variable, MaxFrames * Joints * 3, path);
        var frames = skeleton.Shape switch
        {
            [var joints, 3] when joints == Joints => 1,
            [var joints, 3, var count] when joints == Joints => count,
            _ => throw new InputException($"{path}: {Variable} is {string.Join(" x ", skeleton.Shape)}; expected {Joints} joints x 3 x frames."),
        };
        if (frames == 0)
            return new LeftOutSample(name, DefectKind.Skipped, $"{path}: has no frames.");
        return new ReadSample(new Clip(numbers.ToString(), numbers.Action - 1, numbers.Subject, -1, -1, 1, frames, Joints, Positions(skeleton.Values, frames)));
    }

    /// <summary>From MATLAB's order, in which the joint runs fastest and the frame slowest, to [frames, joints, 3].</summary>
    static float[] Positions(double[] values, int frames)
    {
        var positions = new float[values.Length];
        for (var frame = 0; frame < frames; frame++)
            for (var axis = 0; axis < 3; axis++)
                for (var joint = 0; joint < Joints; joint++)
                    positions[(((frame * Joints) + joint) * 3) + axis] = (float)values[(((frame * 3) + axis) * Joints) + joint];
        return positions;
    }
}
