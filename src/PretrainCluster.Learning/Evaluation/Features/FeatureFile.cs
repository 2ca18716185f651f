using System.Text;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>
/// Features on disk, as `pretrain embed` writes them: a safetensors file with `features` [clips, width] float32, `labels`, `subjects` and `views`
/// [clips] int32 (-1 where unknown), and the clips' names as UTF-8 in `id_bytes`, cut by `id_offsets` [clips + 1] int64 (docs/evaluation.md).
/// </summary>
public static class FeatureFile
{
    const int ClipsAtATime = 4096;

    /// <summary>Extracts and writes in one go; the features are never all in memory. The file appears whole or not at all.</summary>
    /// <param name="samples">clips of the dataset, in the order of the rows</param>
    /// <param name="metadata">what the features come from: digests, dataset, split</param>
    public static void Write(
        string path, SkeletonDataset dataset, IReadOnlyList<long> samples, ViewPlan view, IClipEncoder encoder, LanePool lanes,
        IReadOnlyDictionary<string, string> metadata, Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        var offsets = new long[samples.Count + 1];
        for (var i = 0; i < samples.Count; i++)
            offsets[i + 1] = offsets[i] + Encoding.UTF8.GetByteCount(dataset.Name(samples[i]));
        using var writer = new SafeTensorsWriter(path,
        [
            new("id_offsets", TensorType.I64, [offsets.Length]),
            new("features", TensorType.F32, [samples.Count, encoder.Width]),
            new("labels", TensorType.I32, [samples.Count]),
            new("subjects", TensorType.I32, [samples.Count]),
            new("views", TensorType.I32, [samples.Count]),
            new("id_bytes", TensorType.U8, [offsets[^1]]),
        ], metadata);
        writer.Write<long>("id_offsets", offsets);

        var maker = new ViewMaker(dataset, view);
        var extraction = new FeatureExtraction(encoder, maker.Length, lanes);
        for (var start = 0; start < samples.Count; start += ClipsAtATime)
        {
            var part = new Part(samples, start, Math.Min(ClipsAtATime, samples.Count - start));
            writer.Write<float>("features", extraction.Run(
                part.Samples, maker.MakeEvaluation, done => progress?.Invoke(new("features", part.Start + done, samples.Count)), cancellation));
        }
        writer.Write<int>("labels", [.. samples.Select(dataset.Label)]);
        writer.Write<int>("subjects", [.. samples.Select(dataset.Subject)]);
        writer.Write<int>("views", [.. samples.Select(dataset.View)]);
        foreach (var sample in samples)
            writer.Write<byte>("id_bytes", Encoding.UTF8.GetBytes(dataset.Name(sample)));
        writer.Complete();
    }

    /// <summary>Features and the clips' names.</summary>
    /// <exception cref="InputException">The file is not one that <see cref="Write"/> makes.</exception>
    public static (FeatureSet Features, IReadOnlyList<string> Names) Read(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        if (!file.Tensors.TryGetValue("features", out var info) || info.Shape is not [var clips, > 0 and <= int.MaxValue and var width])
            throw new InputException($"{path} has no tensor 'features' of shape [clips, width]; `pretrain embed` writes such files.");
        var offsets = file.Read<long>("id_offsets");
        var bytes = file.Read<byte>("id_bytes");
        var (labels, subjects) = (file.Read<int>("labels").ToArray(), file.Read<int>("subjects").ToArray());
        if (offsets.Length != clips + 1 || labels.Length != clips || subjects.Length != clips)
            throw new InputException($"{path}: 'labels', 'subjects' and 'id_offsets' do not belong to {clips} clips.");
        var names = new string[clips];
        for (var i = 0; i < names.Length; i++)
        {
            if (offsets[i] < 0 || offsets[i + 1] < offsets[i] || offsets[i + 1] > bytes.Length)
                throw new InputException($"{path}: 'id_offsets' {offsets[i]} and {offsets[i + 1]} do not lie in the {bytes.Length} bytes of 'id_bytes'.");
            names[i] = Encoding.UTF8.GetString(bytes[(int)offsets[i]..(int)offsets[i + 1]]);
        }
        return (new(file.Read<float>("features").ToArray(), (int)width, labels, subjects), names);
    }

    sealed record Part(IReadOnlyList<long> All, int Start, int Count)
    {
        public IReadOnlyList<long> Samples { get; } = [.. Enumerable.Range(Start, Count).Select(i => All[i])];
    }
}
