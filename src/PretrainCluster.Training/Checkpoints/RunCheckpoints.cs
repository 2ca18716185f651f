using System.Globalization;
using System.Reflection;
using System.Text.Json;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Training.Checkpoints;

/// <summary>Where a run stands after its newest good checkpoint was restored.</summary>
/// <param name="Step">steps applied; 0 where there is no checkpoint</param>
/// <param name="Seconds">of training until then</param>
/// <param name="Digest">of the checkpoint's manifest</param>
/// <param name="Rejected">newer checkpoints that do not verify, each with its reason</param>
/// <param name="Recent">the newest steps before it, for the record of a host that was away while they were done</param>
public sealed record RestoredRun(long Step, double Seconds, string? Digest, IReadOnlyList<string> Rejected, IReadOnlyList<AppliedStep> Recent);

/// <summary>What is kept beside the state.</summary>
/// <param name="Step">steps applied</param>
/// <param name="Seconds">of training until then</param>
/// <param name="Loss">mean since the checkpoint before, by which the best ones may be kept; null where it is not known</param>
/// <param name="Recent">the newest steps</param>
public sealed record CheckpointProgress(long Step, double Seconds, double? Loss, IReadOnlyList<AppliedStep> Recent)
{
    /// <summary>The stage that the step is of; null in a run without stages.</summary>
    public string? Stage { get; init; }
}

/// <summary>A run's checkpoints in its folder's store: all weights, the optimiser's state and what the objective remembers of earlier steps, each a safetensors file.</summary>
public sealed class RunCheckpoints
{
    const string WeightsPart = "weights", OptimizerPart = "optimizer", ObjectivePart = "objective";

    static readonly string s_code = typeof(RunCheckpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    readonly Plan _plan;
    readonly string _dataSha256;
    readonly CheckpointData? _data;
    readonly CheckpointStore _store;
    readonly string _initial;

    public RunCheckpoints(Plan plan, RunFolder folder, string dataSha256, CheckpointData? data = null)
    {
        (_plan, _dataSha256, _data) = (plan, dataSha256, data);
        (_store, _initial) = (RunStore.Open(plan, folder), folder.InitialFile);
    }

    public RunCheckpoints(Plan plan, RunFolder folder, SkeletonDataset dataset) : this(plan, folder, dataset.Digest, new CheckpointData(
        dataset.Description.Name, plan.Data.Split, dataset.Split(plan.Data.Split).Train.Count, dataset.Description.Layout.Name, dataset.Persons, dataset.Joints, dataset.Description.Preprocessing))
    {
    }

    /// <summary>A checkpoint as a user names it: RUN for its newest, or RUN@STEP.</summary>
    /// <exception cref="InputException">What follows the @ is no step.</exception>
    public static (string Run, long? Step) ParseName(string text)
    {
        var at = text.LastIndexOf('@');
        if (at < 0)
            return (text, null);
        return long.TryParse(text[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? (text[..at], step)
            : throw new InputException($"{text}: after @ the checkpoint's step is expected, e.g. demo@480 (pretrain checkpoints RUN lists them)");
    }

    /// <summary>Step of the newest checkpoint written or restored by this object; null before.</summary>
    public long? LastStep { get; private set; }

    /// <summary>Digest of that checkpoint's manifest.</summary>
    public string? LastDigest { get; private set; }

    /// <inheritdoc cref="Restore(Func{long, Trainer})"/>
    public RestoredRun Restore(Trainer trainer) => Restore(_ => trainer);

    /// <summary>Fills the trainer from the newest checkpoint that verifies; leaves it as it is where there is none.</summary>
    /// <param name="trainerOf">the trainer of the stage that a checkpoint of so many steps is of; not asked where there is none</param>
    /// <exception cref="InputException">The checkpoint is of another plan or dataset.</exception>
    public RestoredRun Restore(Func<long, Trainer> trainerOf)
    {
        var search = _store.FindNewestAsync(_plan.Name).GetAwaiter().GetResult();
        var rejected = search.Rejected.Select(r => $"{r.Artifact}: {r.Reason}; falling back to the checkpoint before it").ToList();
        if (search.Newest is not { } manifest)
        {
            // Beginning again in silence would throw away days of training that may still be mended.
            return search.Rejected.Count == 0
                ? new RestoredRun(0, 0, null, rejected, [])
                : throw new InvalidDataException($"no checkpoint of {_plan.Name} verifies: {string.Join("; ", search.Rejected.Select(r => $"{r.Artifact}: {r.Reason}"))}. Restore them from a copy, or give the run another name to begin again");
        }
        manifest.EnsureMadeBy(_plan.Digest(), _dataSha256);
        var trainer = trainerOf(manifest.Step);
        using (var weights = OpenPart(_store, manifest, WeightsPart))
            ObjectiveWeights.Load(trainer.Objective, weights);
        using (var optimizer = OpenPart(_store, manifest, OptimizerPart))
            NamedTensors.Restore(optimizer, trainer.Optimizer.State, "plan's optimiser");
        if (trainer.Objective.Buffers.Count > 0)
        {
            using var buffers = OpenPart(_store, manifest, ObjectivePart);
            NamedTensors.Restore(buffers, trainer.Objective.Buffers, "plan's objective");
        }
        (LastStep, LastDigest) = (manifest.Step, manifest.Digest);
        var state = manifest.State is { } extra ? extra.Deserialize<State>(JsonText.Line) : null;
        return new RestoredRun(manifest.Step, state?.Seconds ?? 0, manifest.Digest, rejected, state?.ReadSteps() ?? []);
    }

    /// <summary>The encoder that the plan's run begins with, as it was laid into the run's folder when the run was started.</summary>
    /// <param name="clip">what it will see</param>
    /// <exception cref="InputException">It is not there, or is another one.</exception>
    public SkeletonEncoder LoadInitial(ClipShape clip)
    {
        if (!File.Exists(_initial))
            throw new InputException($"from: {_initial} is not there; start the run with `pretrain run`, which lays the encoder {_plan.From} there");
        var encoder = EncoderFactory.Create(_plan.Encoder, clip, (ulong)_plan.Seed);
        try
        {
            EncoderWeights.Load(encoder, _initial);
            return EncoderWeights.Sha256(encoder) is var digest && digest == _plan.FromSha256 ? encoder
                : throw new InputException($"from: {_initial} holds an encoder of digest {digest}, not {_plan.FromSha256}; remove the file and start the run again");
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Writes a copied state as a checkpoint and removes those that the plan does not keep. May run beside the training.</summary>
    /// <returns>the manifest as stored</returns>
    public CheckpointManifest Save(StateBuffer state, CheckpointProgress progress)
    {
        var facts = new CheckpointFacts
        {
            Run = _plan.Name,
            Step = progress.Step,
            Stage = progress.Stage,
            PlanSha256 = _plan.Digest(),
            DataSha256 = _dataSha256,
            Seed = _plan.Seed,
            Code = s_code,
            Plan = PlanText.Write(_plan),
            Data = _data,
            Metrics = progress.Loss is { } value ? new Dictionary<string, double> { ["loss"] = value } : null,
            State = JsonSerializer.SerializeToElement(State.Of(progress), JsonText.Line),
        };
        List<CheckpointContent> parts = [Part(WeightsPart, state.Weights), Part(OptimizerPart, state.Optimizer)];
        if (state.Objective.Count > 0)
            parts.Add(Part(ObjectivePart, state.Objective));
        var manifest = _store.SaveAsync(facts, parts).GetAwaiter().GetResult();
        (LastStep, LastDigest) = (progress.Step, manifest.Digest);
        Retain();
        return manifest;
    }

    // The checkpoint is written; that older ones stay longer is no failure, and the next one's turn comes.
    void Retain()
    {
        try
        {
            _store.RetainAsync(_plan.Name, RetentionPolicy.Of(_plan.Checkpoints)).GetAwaiter().GetResult();
        }
        catch (Exception later) when (later is IOException or InputException)
        {
        }
    }

    /// <summary>Fills an encoder from a run's checkpoint.</summary>
    /// <param name="step">null for the newest that verifies</param>
    /// <returns>the digest of the checkpoint's manifest</returns>
    /// <exception cref="InputException">There is no such checkpoint, or it is of another encoder.</exception>
    public static string LoadEncoder(Plan plan, RunFolder folder, long? step, SkeletonEncoder encoder)
    {
        var store = RunStore.Open(plan, folder);
        var reading = store.BeginReadingAsync(plan.Name, step).GetAwaiter().GetResult();
        try
        {
            LoadEncoder(store, reading, encoder);
            return reading.Manifest.Digest;
        }
        finally
        {
            reading.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Fills an encoder from a checkpoint that is being read.</summary>
    /// <exception cref="InputException">It is of another encoder.</exception>
    public static void LoadEncoder(CheckpointStore store, CheckpointReading reading, SkeletonEncoder encoder)
    {
        using var weights = OpenPart(store, reading.Manifest, WeightsPart);
        EncoderWeights.Load(encoder, weights);
    }

    /// <summary>The run's checkpoints, newest first.</summary>
    public static IReadOnlyList<CheckpointManifest> List(RunFolder folder) => RunStore.Open(folder).ListAsync(folder.Name).GetAwaiter().GetResult();

    static CheckpointContent Part(string name, IReadOnlyList<HostTensor> tensors) => new(name, (stream, _) =>
    {
        NamedTensors.Write(stream, tensors);
        return Task.CompletedTask;
    });

    static SafeTensorsFile OpenPart(CheckpointStore store, CheckpointManifest manifest, string name) =>
        SafeTensorsFile.Open(store.FetchAsync(manifest.Blob(name)).GetAwaiter().GetResult());

    /// <param name="Steps">[step, epoch, loss, learning rate, gradient norm, seconds] each</param>
    sealed record State(double Seconds, double[][]? Steps)
    {
        public static State Of(CheckpointProgress progress) =>
            new(progress.Seconds, [.. progress.Recent.Select(step => new[] { step.Step, step.Epoch, step.Loss, step.LearningRate, step.GradientNorm, step.Seconds })]);

        public IReadOnlyList<AppliedStep> ReadSteps() =>
            [.. (Steps ?? []).Where(step => step.Length == 6).Select(step => new AppliedStep((long)step[0], step[1], step[2], step[3], step[4], step[5]))];
    }
}
