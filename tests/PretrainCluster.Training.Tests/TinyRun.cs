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

    /// <summary>The same in two stages: masked motion, then contrast with nearest neighbours of the encoder's upper half.</summary>
    public Plan Staged(params string[] settings) => PlanText.Parse($$$$"""
        name: staged
        data: {dataset: "{{{{DatasetFolder}}}}", split: xsub}
        view: {frames: 16, crop: {min_frames: 8}}
        encoder: {width: 16, depth: 2, heads: 2, drop_path: 0.1}
        stages:
        - name: masked
          view: {frames: 16, crop: {min_frames: 8}, augment: [{kind: rotation}]}
          objective: {kind: masked_motion, decoder: {depth: 1}}
          training: {epochs: 3, batch: {clips: 10, micro_batches: 5}, optimizer: {warmup_epochs: 1}}
        - name: tuning
          objective: {kind: nnclr, queue: 40, projection_hidden: 12, projection_width: 8, prediction_hidden: 12, views: 1, exclude_own: true, top_k: 2}
          training:
            epochs: 4
            batch: {clips: 12, micro_batches: 3}
            trainable: {from_block: 1}
            optimizer: {layer_decay: 0.65, clip_norm: 3, clip: per_tensor}
        checkpoints: {every_steps: 100}
        """, "staged.yaml", settings);

    /// <summary>Trains a plan to its end with nothing around the steps: what every way of carrying it must come to.</summary>
    /// <returns>SHA-256 of the weights</returns>
    public static string TrainAlone(Plan plan, int lanes = 1)
    {
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        using var alone = new SoloExchange(1);
        Trainer? trainer = null;
        foreach (var stage in new RunStages(plan, dataset).All)
        {
            var next = new Trainer(stage.Plan, stage.Set.Clip, lanes, CPU, trainer?.Objective.Encoder);
            trainer?.Dispose();
            trainer = next;
            using var loader = stage.Set.LoadFrom(0);
            for (var step = 0L; step < stage.Set.Steps; step++)
            {
                var batch = loader.Next();
                trainer.Step(batch, stage.Set.Order.Epochs(step), alone);
                loader.Return(batch);
            }
        }
        using (trainer)
            return NamedTensors.Sha256(ObjectiveWeights.Snapshot(trainer!.Objective));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
