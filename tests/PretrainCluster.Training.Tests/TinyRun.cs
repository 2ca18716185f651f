using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Skeletons;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests;

/// <summary>A dataset, a plan and a folder for runs, small enough to train to the end in a second.</summary>
public sealed class TinyRun : IDisposable
{
    /// <param name="pairs">clips of two persons, the second of whom is absent from every third clip</param>
    public TinyRun(int clips = 42, bool pairs = false)
    {
        Root = Directory.CreateTempSubdirectory("pretrain-tests-").FullName;
        var synthesizer = new SkeletonSynthesizer(new SynthesisOptions { Clips = clips, Subjects = 6, MinFrames = 12, MaxFrames = 24 });
        if (pairs)
            WritePairs(synthesizer, clips);
        else
            synthesizer.WriteTo(DatasetFolder, new DatasetWriterOptions());
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
        """, Methods.BuiltIn, "tiny.yaml", settings);

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
        """, Methods.BuiltIn, "staged.yaml", settings);

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

    void WritePairs(SkeletonSynthesizer synthesizer, int clips)
    {
        using var writer = new DatasetWriter(DatasetFolder, new DatasetHeader("pairs", JointLayouts.KinectV2, Persons: 2, SkeletonSynthesizer.Classes, "none"));
        var (train, test) = (new List<long>(), new List<long>());
        for (var i = 0; i < clips; i++)
        {
            var clip = Pair(synthesizer.Generate(i), i % 3 == 0 ? null : synthesizer.Generate(clips + i));
            (clip.Subject % 3 == 0 ? test : train).Add(writer.Add(clip));
        }
        writer.AddSplit("xsub", train, test);
        writer.Commit();
    }

    /// <summary>Both as long as the shorter one; without a second all zeros.</summary>
    static Clip Pair(Clip first, Clip? second)
    {
        var (frames, pose) = (Math.Min(first.Frames, second?.Frames ?? first.Frames), first.Joints * 3);
        var positions = new float[frames * 2 * pose];
        for (var frame = 0; frame < frames; frame++)
        {
            first.Positions.AsSpan(frame * pose, pose).CopyTo(positions.AsSpan(2 * frame * pose));
            second?.Positions.AsSpan(frame * pose, pose).CopyTo(positions.AsSpan((2 * frame + 1) * pose));
        }
        return first with { Persons = 2, Frames = frames, Positions = positions };
    }
}
