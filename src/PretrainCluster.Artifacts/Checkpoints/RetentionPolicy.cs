using PretrainCluster.Core.Plans;

namespace PretrainCluster.Artifacts.Checkpoints;

/// <summary>Which checkpoints of a run stay. Whatever it says, the newest that verifies stays, and so do the newest of each stage and those that are tagged, pinned or being read.</summary>
public sealed record RetentionPolicy
{
    /// <summary>Newest ones.</summary>
    public required int Latest { get; init; }

    /// <summary>Best ones by <see cref="BestBy"/>.</summary>
    public int Best { get; init; }

    /// <summary>A figure of the manifests, of which smaller is better (loss), or <see cref="CheckpointPlan.Monitor"/>, of which larger is.</summary>
    public string BestBy { get; init; } = CheckpointPlan.Loss;

    /// <summary>Those whose step is a multiple of it; 0 for none.</summary>
    public long EverySteps { get; init; }

    public static RetentionPolicy Of(CheckpointPlan plan) => new() { Latest = plan.Keep, Best = plan.KeepBest, BestBy = plan.KeepBestBy, EverySteps = plan.KeepEvery };

    /// <summary>Of a run's checkpoints, newest first, the ones that stay.</summary>
    /// <param name="figure">a checkpoint's value by <see cref="BestBy"/>, larger being better; null where it has none</param>
    internal IEnumerable<CheckpointManifest> Choose(IReadOnlyList<CheckpointManifest> checkpoints, Func<CheckpointManifest, double?> figure) =>
        checkpoints.Take(Latest)
            .Concat(checkpoints.Where(checkpoint => EverySteps > 0 && checkpoint.Step % EverySteps == 0))
            .Concat(checkpoints.Where(checkpoint => checkpoint.Stage is not null).DistinctBy(checkpoint => checkpoint.Stage))
            // Losses of one stage say nothing beside another's.
            .Concat(checkpoints.Where(checkpoint => Best > 0 && figure(checkpoint) is not null).GroupBy(checkpoint => checkpoint.Stage)
                .SelectMany(stage => stage.OrderByDescending(figure).ThenByDescending(checkpoint => checkpoint.Step).Take(Best)));
}
