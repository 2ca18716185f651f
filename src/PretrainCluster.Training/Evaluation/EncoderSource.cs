using PretrainCluster.Artifacts.Checkpoints;

namespace PretrainCluster.Training.Evaluation;

/// <summary>
/// A finished encoder by name: a run (its newest checkpoint that verifies), RUN@STEP (that checkpoint), or a safetensors file of weights together
/// with the plan whose encoder section describes them.
/// </summary>
/// <param name="Plan">what the encoder was trained with</param>
/// <param name="Folder">the run's; null for a bare file</param>
public sealed record EncoderSource(Plan Plan, RunFolder? Folder, long? Step, string? WeightsFile)
{
    const string WeightsExtension = ".safetensors";

    /// <param name="name">what the user wrote</param>
    /// <param name="plan">the plan beside a bare file of weights; null for a run</param>
    /// <param name="kinds">that the run's plan may name</param>
    /// <exception cref="InputException">There is no such run, or a file of weights without a plan.</exception>
    public static EncoderSource Find(string name, string runs, Plan? plan, PlanKinds kinds)
    {
        if (name.EndsWith(WeightsExtension, StringComparison.OrdinalIgnoreCase))
        {
            if (!File.Exists(name))
                throw new InputException($"There is no file {name}.");
            return new EncoderSource(plan ?? throw new InputException($"{name} holds weights alone; name the plan whose encoder section describes them with --plan PLAN.yaml"), null, null, name);
        }
        if (plan is not null)
            throw new InputException($"--plan belongs to a file of weights (NAME{WeightsExtension}); the run {name} brings its own plan");

        var (run, step) = RunCheckpoints.ParseName(name);
        var folder = RunFolder.Open(runs, run);
        return new EncoderSource(PlanText.Read(folder.PlanFile, kinds), folder, step, null);
    }

    /// <summary>The newest checkpoint of a stage: the one that it ended with, if it has ended.</summary>
    /// <exception cref="InputException">The run has no such stage, or it has no checkpoint yet.</exception>
    public EncoderSource OfStage(string stage)
    {
        if (Folder is null || Plan.Stages.Count == 0)
            throw new InputException($"{Folder?.Name ?? WeightsFile} has no stages");
        if (Plan.Stages.All(known => known.Name != stage))
            throw new InputException($"{Folder.Name} has no stage {stage}; its stages are {string.Join(", ", Plan.Stages.Select(known => known.Name))}");
        return RunCheckpoints.List(Folder).FirstOrDefault(checkpoint => checkpoint.Stage == stage) is { } newest ? this with { Step = newest.Step }
            : throw new InputException($"{Folder.Name} has no checkpoint of stage {stage} yet");
    }

    /// <summary>What the stages before this one's ended with, as far as it is there, and then this one.</summary>
    public IReadOnlyList<EncoderSource> WithStagesBefore()
    {
        if (Folder is null || Plan.Stages.Count == 0)
            return [this];
        var checkpoints = RunCheckpoints.List(Folder);
        var own = checkpoints.FirstOrDefault(checkpoint => Step is null || checkpoint.Step == Step)?.Stage;
        return
        [
            .. Plan.Stages.Select(stage => stage.Name).TakeWhile(name => own is not null && name != own)
                .Select(name => checkpoints.FirstOrDefault(checkpoint => checkpoint.Stage == name)).OfType<CheckpointManifest>().Select(checkpoint => this with { Step = checkpoint.Step }),
            this,
        ];
    }

    /// <summary>The encoder with its weights.</summary>
    /// <param name="dataset">that it is to see</param>
    /// <returns>the encoder, on the CPU, and the digest of the checkpoint it came from</returns>
    /// <exception cref="InputException">The weights are of another encoder, or damaged.</exception>
    public (SkeletonEncoder Encoder, string? Checkpoint) Load(SkeletonDataset dataset)
    {
        var encoder = EncoderFactory.Create(Plan.Encoder, ClipShape.Of(dataset, Plan.View.Frames), (ulong)Plan.Seed);
        try
        {
            string? checkpoint = null;
            if (WeightsFile is not null)
                EncoderWeights.Load(encoder, WeightsFile);
            else
                checkpoint = RunCheckpoints.LoadEncoder(Plan, Folder!, Step, encoder);
            encoder.eval();
            return (encoder, checkpoint);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }
}
