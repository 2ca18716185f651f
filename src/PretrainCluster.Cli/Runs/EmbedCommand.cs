using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;
using PretrainCluster.Learning.Weights;

namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain embed CHECKPOINT --data DATASET --out FILE</c>: one row of features per clip, for downstream work in any language.</summary>
public static class EmbedCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "the dataset to embed", HelpName = "DATASET", Required = true };
        var target = new Option<string>("--out") { Description = "the safetensors file to write", HelpName = "FILE", Required = true };
        var runs = RunsOption.Create();
        var command = new Verb("embed", "one row of features per clip of a dataset, as a safetensors file")
        {
            Group = VerbGroup.Encoders,
            Examples = [new("pretrain embed demo --data data/demo --out features.safetensors", "features, labels and names; docs/evaluation.md reads them with numpy alone")],
        };
        var encoder = new EncoderArguments().AddTo(command);
        foreach (var option in new Option[] { data, target, runs })
            command.Add(option);
        command.SetAction((parse, cancellation) =>
        {
            var output = parse.Output();
            var source = encoder.Find(parse, parse.GetRequiredValue(runs));
            using var dataset = SkeletonDataset.Open(parse.GetRequiredValue(data));
            if (dataset.Count > int.MaxValue)
                throw new InputException($"{dataset.Folder} has {dataset.Count} clips, more than one file of features holds; embed its parts");
            var (loaded, checkpoint) = source.Load(dataset);
            using var _ = loaded;
            var device = ComputeDevice.Named(source.Plan.Workers.Device);
            loaded.to(device);
            using var lanes = new LanePool(Lanes.OfRun(source.Plan));
            var metadata = new Dictionary<string, string>
            {
                ["weights_sha256"] = EncoderWeights.Sha256(loaded),
                ["dataset_sha256"] = dataset.Digest,
                ["dataset"] = dataset.Description.Name,
            };
            if (checkpoint is not null)
                metadata["checkpoint"] = checkpoint;
            var file = parse.GetRequiredValue(target);
            var samples = Enumerable.Range(0, (int)dataset.Count).Select(i => (long)i).ToArray();
            FeatureFile.Write(file, dataset, samples, source.Plan.View, new SkeletonClipEncoder(loaded, ClipShape.Of(dataset, source.Plan.View.Frames), device), lanes, metadata, cancellation: cancellation);
            output.WriteLine($"{file}: {samples.Length} clips x {loaded.Width} features");
            return Task.FromResult(Entry.Done);
        });
        return command;
    }
}
