using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Skeletons.Tests.Datasets;

/// <summary>Small clips and datasets of them.</summary>
static class TestClips
{
    public static JointLayout Layout { get; } = new(
        "five", ["hip", "neck", "head", "left hand", "right hand"], [new(1, 0), new(2, 1), new(3, 1), new(4, 1)], [new(3, 4)], 0);

    public static DatasetHeader Header(int persons = 2, CoordinateType coordinates = CoordinateType.Float32, JointLayout? layout = null) =>
        new("test", layout ?? Layout, persons, ["sit", "stand", "walk"], "none", coordinates);

    public static Clip Draw(int number, int frames, int persons = 2, int joints = 5)
    {
        var random = new CounterRandom(1, RandomPurpose.Synthesis, (ulong)number);
        var positions = new float[frames * persons * joints * 3];
        foreach (ref var value in positions.AsSpan())
            value = (float)random.NextGaussian();
        return new($"clip-{number:D3}", number % 3, 1 + number % 4, 1 + number % 2, -1, persons, frames, joints, positions);
    }

    public static string Write(string folder, IEnumerable<Clip> clips, DatasetHeader? header = null, DatasetWriterOptions? options = null)
    {
        using var writer = new DatasetWriter(folder, header ?? Header(), options);
        var even = new List<long>();
        var odd = new List<long>();
        foreach (var clip in clips)
        {
            var index = writer.Add(clip);
            (index % 2 == 0 ? even : odd).Add(index);
        }
        writer.AddSplit("parity", even, odd);
        writer.Commit();
        return folder;
    }
}
