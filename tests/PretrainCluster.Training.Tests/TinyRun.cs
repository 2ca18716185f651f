using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Training.Runs;

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

    /// <summary>Opens the run, trains it to its end and closes it.</summary>
    public RunInfo Train(Plan plan, IRunObserver? observer = null, CancellationToken cancellation = default)
    {
        using var run = PretrainingRun.Open(plan, Runs, observer ?? new Observer(), TimeProvider.System);
        return run.Train(cancellation);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>Remembers what it was told, and can act at a step.</summary>
public sealed class Observer : IRunObserver
{
    public List<StepMetrics> Steps { get; } = [];
    public List<RunEvent> Events { get; } = [];
    public List<EvaluationResult> Results { get; } = [];
    public Action<StepMetrics>? AtStep { get; init; }

    public void Stage(string name, RunInfo? run)
    {
    }

    public void Step(StepMetrics metrics, RunInfo run)
    {
        Steps.Add(metrics);
        AtStep?.Invoke(metrics);
    }

    public void Event(RunEvent runEvent) => Events.Add(runEvent);

    public void Evaluated(EvaluationResult result) => Results.Add(result);

    public void Status(RunStatusView status)
    {
    }
}
