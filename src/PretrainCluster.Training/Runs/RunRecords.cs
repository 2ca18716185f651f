using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace PretrainCluster.Training.Runs;

public enum RunStatus
{
    Running,
    Finished,
    Interrupted,
    Failed,
    Cancelled,
}

/// <summary>What a run is and how far it came; runs/NAME/run.json.</summary>
public sealed record RunInfo
{
    public required string Name { get; init; }
    public required RunStatus Status { get; init; }

    /// <summary>Why a run that did not finish ended.</summary>
    public string? Reason { get; init; }
    /// <summary>The user who submitted it; null in runs from before users had names.</summary>
    public string? By { get; init; }
    public required string PlanSha256 { get; init; }
    public required string DatasetSha256 { get; init; }

    /// <summary>Steps applied, and steps in all.</summary>
    public required long Step { get; init; }
    public required long Steps { get; init; }

    /// <summary>Of all stages together.</summary>
    public required int Epochs { get; init; }

    /// <summary>Null where the run has no stages.</summary>
    public IReadOnlyList<StageInfo>? Stages { get; init; }

    /// <summary>SHA-256 of the encoder's weights that the run began with; null where they were random.</summary>
    public string? FromSha256 { get; init; }
    public required long Parameters { get; init; }
    public required DateTimeOffset Started { get; init; }
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Seconds of training over all sessions of the run.</summary>
    public required double Seconds { get; init; }

    /// <summary>SHA-256 of the weights after the last step; null until the run is finished.</summary>
    public string? WeightsSha256 { get; init; }
    public required MachineFacts Machine { get; init; }

    /// <summary>The stage that a step is of; null where the run has none.</summary>
    /// <param name="step">the step just applied, from 1</param>
    public StageInfo? StageOf(long step) => Stages?.FirstOrDefault(stage => step <= stage.LastStep) ?? Stages?[^1];
}

/// <summary>A stage of a run.</summary>
/// <param name="Number">from 1</param>
/// <param name="FirstStep">from 1, counted over the whole run; so is the last</param>
/// <param name="Batch">clips of a step</param>
public sealed record StageInfo(int Number, string Name, long FirstStep, long LastStep, int Epochs, int Batch);

/// <summary>What a number was computed on.</summary>
public sealed record MachineFacts(string Processor, int Cores, double MemoryGiB, string OperatingSystem, string Dotnet, [property: JsonPropertyName("tensor_engine")] string Arithmetic, string Device, int Threads);

/// <summary>One line of runs/NAME/metrics.jsonl, also a live update.</summary>
/// <param name="Step">the step just applied, from 1</param>
/// <param name="Epoch">passes over the data so far, in this stage, e.g. 1.5</param>
/// <param name="Loss">mean over the global batch</param>
/// <param name="GradientNorm">norm of the whole gradient, before clipping</param>
/// <param name="ClipsPerSecond">clips of this step per second of it</param>
/// <param name="Seconds">of training since the run's first step, over all sessions</param>
/// <param name="Stage">null in a run without stages</param>
public sealed record StepMetrics(long Step, double Epoch, double Loss, double LearningRate, double GradientNorm, double ClipsPerSecond, double Seconds, string? Stage = null);

/// <summary>One line of runs/NAME/monitor.jsonl: weighted kNN on a part of the training split, of a checkpoint.</summary>
/// <param name="Epoch">passes over the data until that checkpoint, of all stages together</param>
public sealed record MonitorMetrics(long Step, double Epoch, IReadOnlyList<MonitorValue> Values);

/// <param name="Neighbours">that vote</param>
/// <param name="Accuracy">per cent</param>
public sealed record MonitorValue(int Neighbours, double Accuracy);

public enum RunEventKind
{
    Started,
    Resumed,
    Checkpoint,
    Rejected,
    Interrupted,
    Failed,
    Finished,
    Evaluation,
    Cancelled,

    /// <summary>Worker processes were started.</summary>
    Placed,

    /// <summary>A generation began, or its members are level and train.</summary>
    Generation,
    WorkerLost,
    Scaled,
    Paused,
    Stopping,

    /// <summary>A stage begins with the encoder of the one before.</summary>
    Stage,
    Note,
}

/// <summary>One line of runs/NAME/events.jsonl.</summary>
/// <param name="By">the user whose request it follows from; null where it follows from none</param>
public sealed record RunEvent(DateTimeOffset Time, long Step, RunEventKind Kind, string Message, string? By = null);

/// <summary>One line of runs/NAME/generations.jsonl: a group of workers that trained together, from when its members were level.</summary>
/// <param name="Begun">when it was written into the ledger</param>
/// <param name="Formed">when its members were level; null where they never were</param>
/// <param name="Step">steps applied by then</param>
/// <param name="Workers">by rank</param>
/// <param name="Reason">why the one before ended</param>
/// <param name="Redone">steps that were begun before and done again</param>
/// <param name="Restored">digest of the checkpoint that was read because no member had a state</param>
public sealed record GenerationRecord(
    long Generation, DateTimeOffset Begun, DateTimeOffset? Formed, long Step, IReadOnlyList<string> Workers, string Reason, int Redone, string? Restored);

/// <summary>One line of runs/NAME/workers.jsonl: a worker process that has ended.</summary>
/// <param name="Joined">when it was ready</param>
/// <param name="FirstStep">steps applied when it joined its first generation</param>
/// <param name="LastStep">steps applied when it was last heard</param>
/// <param name="StepP50">seconds, over its newest steps</param>
/// <param name="ComputeP50">seconds of a step spent on its own micro-batches</param>
/// <param name="Memory">bytes resident, the most that was seen</param>
/// <param name="Reason">how it ended</param>
public sealed record WorkerRecord(
    string Worker, string Slot, int ProcessId, DateTimeOffset Joined, DateTimeOffset Ended, long FirstStep, long LastStep,
    double StepP50, double StepP95, double ComputeP50, double ClipsPerSecond, long Memory, string Reason);

/// <summary>Points of runs/NAME/evaluations/embedding-ENCODER.json: test clips in two dimensions.</summary>
/// <param name="Method">e.g. "t-SNE, perplexity 30, seed 1"</param>
/// <param name="Points">[x, y] per clip</param>
/// <param name="Labels">class per clip</param>
public sealed record EmbeddingMap(string Encoder, string Method, IReadOnlyList<float[]> Points, IReadOnlyList<int> Labels, IReadOnlyList<string>? ClassNames);

/// <summary>What this machine is, for reports. Its arithmetic is known once a worker has loaded libtorch.</summary>
public static class MachineInspection
{
    public static MachineFacts Inspect(string device, int threads) => new(
        Processor(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        Arithmetic: "",
        Device: device,
        Threads: threads);

    static string Processor()
    {
        const string Facts = "/proc/cpuinfo";
        var model = File.Exists(Facts) ? File.ReadLines(Facts).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return model?[(model.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString().ToLower(CultureInfo.InvariantCulture);
    }
}
