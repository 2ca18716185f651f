using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Training.Checkpoints;

/// <summary>Where a run keeps its checkpoints: the store that its plan names, or its own folder.</summary>
public static class RunStore
{
    public static string LocationOf(Plan plan, RunFolder folder) => plan.Checkpoints.Store ?? folder.StoreFolder;

    /// <exception cref="InputException">The store cannot be used.</exception>
    /// <exception cref="IOException">It cannot be reached.</exception>
    public static CheckpointStore Open(Plan plan, RunFolder folder, StorePatience? patience = null) => new(Stores.Open(LocationOf(plan, folder), patience));

    /// <inheritdoc cref="Open(Plan, RunFolder, StorePatience)"/>
    public static CheckpointStore Open(RunFolder folder, StorePatience? patience = null) => new(Stores.Open(LocationOf(folder), patience));

    /// <summary>As <see cref="LocationOf(Plan, RunFolder)"/>, by the plan that the run was started with.</summary>
    public static string LocationOf(RunFolder folder) =>
        File.Exists(folder.PlanFile) ? LocationOf(PlanText.Read(folder.PlanFile), folder) : folder.StoreFolder;
}
