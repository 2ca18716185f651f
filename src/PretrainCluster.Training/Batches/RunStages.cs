namespace PretrainCluster.Training.Batches;

/// <summary>One stage of a run; a run without stages is one.</summary>
/// <param name="Name">null in a run without stages</param>
/// <param name="Plan">the stage as a plan of its own</param>
/// <param name="First">steps of the run before it</param>
public sealed record RunStage(int Index, string? Name, Plan Plan, TrainingSet Set, long First)
{
    /// <summary>Steps of the run when it is done.</summary>
    public long End => First + Set.Steps;

    /// <summary>Passes over the data, of this stage alone, after so many steps of the run.</summary>
    public double Epochs(long step) => Set.Order.Epochs(step - First);
}

/// <summary>A run's stages one after another. Steps are counted over all of them, so that a step's number says its stage.</summary>
public sealed class RunStages
{
    readonly RunStage[] _stages;

    /// <exception cref="InputException">The dataset is not what the plan asks for.</exception>
    public RunStages(Plan plan, SkeletonDataset dataset)
    {
        var samples = TrainingSet.Select(plan.Data, dataset);
        PlanFit.Check(plan, new DataShape { Clips = samples.Count, Persons = dataset.Persons, Joints = dataset.Joints });
        var plans = PlanStages.Of(plan);
        _stages = new RunStage[plans.Count];
        for (var i = 0; i < plans.Count; i++)
            _stages[i] = new RunStage(i, plan.Stages.Count > 0 ? plan.Stages[i].Name : null, plans[i], new TrainingSet(plans[i], dataset, samples), i > 0 ? _stages[i - 1].End : 0);
    }

    public IReadOnlyList<RunStage> All => _stages;

    public RunStage First => _stages[0];

    /// <summary>Steps of the whole run.</summary>
    public long Steps => _stages[^1].End;

    /// <summary>The stage that ended with a step, or was under way after it; the first after none.</summary>
    /// <param name="step">steps of the run</param>
    public RunStage After(long step) => _stages.First(stage => step <= stage.End);

    /// <summary>The stage behind <paramref name="stage"/>; null behind the last.</summary>
    public RunStage? Behind(RunStage stage) => stage.Index + 1 < _stages.Length ? _stages[stage.Index + 1] : null;
}
