using PretrainCluster.Core.Sampling;
using PretrainCluster.Skeletons;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Tests.Evaluation.Features;

/// <summary>A dataset of a few moving skeletons in a temporary folder: class c swings its joints at speed c + 1, subjects differ in size, odd subjects train.</summary>
sealed class SmallDataset : IDisposable
{
    public const int Joints = 4;
    readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("evaluation-tests-");

    public SmallDataset(int classes = 3, int subjects = 4, int repetitions = 3, bool knownSubjects = true)
    {
        var folder = Path.Combine(_parent.FullName, "data");
        var layout = new JointLayout("four", ["hip", "knee", "hand", "head"], [new(1, 0), new(2, 0), new(3, 0)], [], 0);
        using (var writer = new DatasetWriter(folder, new("small", layout, 1, [.. Enumerable.Range(0, classes).Select(c => $"speed {c + 1}")], "none")))
        {
            var (train, test) = (new List<long>(), new List<long>());
            for (var label = 0; label < classes; label++)
            {
                for (var subject = 1; subject <= subjects; subject++)
                {
                    for (var repetition = 0; repetition < repetitions; repetition++)
                        (subject % 2 == 1 ? train : test).Add(writer.Add(Swing(label, subject, repetition, knownSubjects)));
                }
            }
            writer.AddSplit("xsub", train, test);
            writer.Commit();
        }
        Dataset = SkeletonDataset.Open(folder);
    }

    public SkeletonDataset Dataset { get; }

    public string PathOf(string file) => Path.Combine(_parent.FullName, file);

    public void Dispose()
    {
        Dataset.Dispose();
        _parent.Delete(recursive: true);
    }

    static Clip Swing(int label, int subject, int repetition, bool knownSubject)
    {
        var random = new CounterRandom(1, RandomPurpose.Synthesis, (ulong)label, (ulong)subject, (ulong)repetition);
        var frames = 20 + random.Next(8);
        var phase = random.NextDouble(0, 0.5);
        var positions = new float[frames * Joints * 3];
        for (var at = 0; at < positions.Length; at++)
        {
            var (frame, joint, axis) = (at / (Joints * 3), at / 3 % Joints, at % 3);
            var swing = joint == 0 ? 0 : Math.Sin((label + 1) * 2 * Math.PI * frame / frames + phase + joint) * (axis + 1) / 3;
            positions[at] = (float)(0.2 * subject + (1 + 0.05 * subject) * (joint + swing) + 0.02 * random.NextGaussian());
        }
        return new($"c{label}s{subject}r{repetition}", label, knownSubject ? subject : -1, 1 + repetition % 2, -1, 1, frames, Joints, positions);
    }
}
