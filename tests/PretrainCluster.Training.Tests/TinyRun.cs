using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests;

/// <summary>A dataset, a plan and a folder for runs, small enough to train to the end in a second.</summary>
public sealed class TinyRun : IDisposable
{
    public TinyRun(int clips = 42)
    {
        Root = Directory.CreateTempSubdirectory("pretrain-tests-").FullName;
        new SkeletonSynthesizer(new SynthesisOptions { Clips = clips, Subjects = 6, MinFrames = 12, MaxFrames = 24 }).WriteTo(DatasetFolder, new DatasetWriterOptions());
    }

    public string Root { get; }
    public string DatasetFolder => Path.Combine(Root, "data");
    public string Runs => Path.Combine(Root, "runs");

    public Plan Plan(params string[] settings) => PlanText.Parse($$$$"""
        name: tiny
        data: {dataset: "{{{{DatasetFolder}}}}", split: xsub}
        view: {frames: 16, crop: {min_frames: 8}, augment: [{kind: rotation}]}
        encoder: {width: 16, depth: 2, heads: 2}
        objective: {kind: masked_motion, decoder: {depth: 1}}
        training:
          epochs: 3
          batch: {clips: 10, micro_batches: 5}
          optimizer: {learning_rate: 1e-3, warmup_epochs: 1, clip_norm: 1}
        checkpoints: {every_steps: 2}
        """, "tiny.yaml", settings);

    /// <summary>Trains a plan to its end with nothing around the steps: what every way of carrying it must come to.</summary>
    /// <returns>SHA-256 of the weights</returns>
    public static string TrainAlone(Plan plan, int lanes = 1)
    {
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        var set = new TrainingSet(plan, dataset);
        using var trainer = new Trainer(plan, set.Clip, lanes, CPU);
        using var loader = set.LoadFrom(0);
        using var alone = new SoloExchange(1);
        for (var step = 0L; step < set.Steps; step++)
        {
            var batch = loader.Next();
            trainer.Step(batch, set.Order.Epochs(step), alone);
            loader.Return(batch);
        }
        return NamedTensors.Sha256(ObjectiveWeights.Snapshot(trainer.Objective));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
