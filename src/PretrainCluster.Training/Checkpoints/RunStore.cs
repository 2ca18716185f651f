using System.Text.Json;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Learning.Evaluation;

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
        File.Exists(folder.PlanFile) ? LocationOf(PlanText.Read(folder.PlanFile, PlanKinds.None), folder) : folder.StoreFolder;

    /// <summary>Puts a run's evaluations beside its checkpoints, so that whoever pulls one sees its figures.</summary>
    /// <exception cref="IOException">The store cannot be reached; the results are in the run's folder all the same.</exception>
    public static void Publish(Plan plan, RunFolder folder, IEnumerable<EvaluationResult> results)
    {
        var store = Open(plan, folder, StorePatience.Short);
        foreach (var result in results)
            store.Evaluations.PutAsync(folder.Name, RunFolder.NameOf(result), JsonSerializer.SerializeToUtf8Bytes(result, JsonText.Line)).GetAwaiter().GetResult();
    }
}
