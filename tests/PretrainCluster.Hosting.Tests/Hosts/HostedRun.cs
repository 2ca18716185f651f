using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Hosts;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Hosting.Tests.Hosts;

/// <summary>A dataset, a plan and a folder for runs that real worker processes carry in a few seconds.</summary>
public sealed class HostedRun : IDisposable
{
    public HostedRun()
    {
        Root = Directory.CreateTempSubdirectory("pretrain-tests-").FullName;
        new SkeletonSynthesizer(new SynthesisOptions { Clips = 42, Subjects = 6, MinFrames = 12, MaxFrames = 24 }).WriteTo(DatasetFolder, new DatasetWriterOptions());
    }

    public string Root { get; }
    public string DatasetFolder => Path.Combine(Root, "data");
    public string Runs => Path.Combine(Root, "runs");
    public RunFolder Folder => RunFolder.At(Runs, "tiny");

    public Plan Plan(params string[] settings) => PlanText.Parse($$$$"""
        name: tiny
        data: {dataset: "{{{{DatasetFolder}}}}", split: xsub}
        view: {frames: 16, crop: {min_frames: 8}, augment: [{kind: rotation}]}
        encoder: {width: 16, depth: 2, heads: 2, dropout: 0.1}
        objective: {kind: masked_motion, decoder: {depth: 1}}
        training:
          epochs: 3
          batch: {clips: 10, micro_batches: 5}
          optimizer: {learning_rate: 1e-3, warmup_epochs: 1, clip_norm: 1}
        workers: {max: 1, threads: 1}
        recovery: {heartbeat: 0.2, silence: 4, connect: 20, stall: 30, coordinator_absence: 60}
        checkpoints: {every_steps: 10}
        """, Methods.BuiltIn, "tiny.yaml", settings);

    public LocalHost Open(Plan plan, IRunObserver? observer = null) =>
        LocalHost.Open(plan, Runs, WorkerProgram.Of(Path.Combine(AppContext.BaseDirectory, "pretrain.dll")), observer ?? new Observer(), TimeProvider.System);

    /// <summary>Opens the run, carries it to its end and closes it.</summary>
    public RunInfo Train(Plan plan, IRunObserver? observer = null, CancellationToken cancellation = default)
    {
        using var host = Open(plan, observer);
        return host.Train(cancellation);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

/// <summary>Remembers what it was told, and can act at a step or a status.</summary>
public sealed class Observer : IRunObserver
{
    public List<StepMetrics> Steps { get; } = [];
    public List<RunEvent> Events { get; } = [];
    public Action<StepMetrics>? AtStep { get; init; }
    public Action<RunStatusView>? AtStatus { get; init; }

    public void Stage(string name, RunInfo? run)
    {
    }

    public void Step(StepMetrics metrics, RunInfo run)
    {
        Steps.Add(metrics);
        AtStep?.Invoke(metrics);
    }

    public void Event(RunEvent runEvent) => Events.Add(runEvent);

    public void Evaluated(EvaluationResult result)
    {
    }

    public void Status(RunStatusView status) => AtStatus?.Invoke(status);
}
