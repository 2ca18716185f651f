namespace PretrainCluster.Core.Plans;

/// <summary>Whether a plan and a dataset go together.</summary>
public static class PlanFit
{
    /// <summary>Checks a plan against the dataset that it will be run on, before anything starts.</summary>
    /// <param name="dataset">what the dataset has: clips of the training side after classes are held out, persons and joints</param>
    /// <exception cref="InputException">They do not fit; every reason is given.</exception>
    public static void Check(Plan plan, DataShape dataset)
    {
        var problems = PlanStages.Of(plan).SelectMany((stage, i) => Broken(stage, dataset).Select(broken => (Path: PlanStages.PathOf(plan, i, broken.Path), broken.Message))).Distinct().Select(broken => $"{broken.Path}: {broken.Message}").ToList();
        if (plan.Data.Shape is { } declared && declared != dataset)
            problems.Insert(0, $"data.shape: the plan is made for {Describe(declared)}, the dataset has {Describe(dataset)}; choose the dataset of the plan, or change data.shape");
        if (problems.Count > 0)
            throw new InputException($"Plan {plan.Name} does not fit dataset {plan.Data.Dataset}:\n{string.Join('\n', problems)}");
    }

    internal static IEnumerable<(string Path, string Message)> Broken(Plan plan, DataShape shape)
    {
        foreach (var broken in Sections(plan, shape))
            yield return broken;
        if (plan.Training.Batch.DropLast && shape.Clips < plan.Training.Batch.Clips)
            yield return ("training.batch.clips", $"at most the {shape.Clips} training clips are expected where drop_last is true, not {plan.Training.Batch.Clips}");
        else if ((Int128)shape.Clips * plan.Training.Epochs < plan.Training.Batch.Clips)
            yield return ("training.batch.clips", $"at most the {shape.Clips} training clips times {plan.Training.Epochs} epochs are expected, not {plan.Training.Batch.Clips}");
    }

    /// <summary>What encoder, objective and augmentations say of a plan, with the dataset or without.</summary>
    internal static IEnumerable<(string Path, string Message)> Sections(Plan plan, DataShape? shape) =>
        [.. plan.Encoder.Problems("encoder", plan.View.Frames, shape), .. plan.Objective.Problems(plan, shape), .. plan.View.Augment.SelectMany((augmentation, i) => augmentation.Problems($"view.augment[{i}]", shape))];

    static string Describe(DataShape shape) => $"{shape.Clips} training clips of {shape.Persons} persons with {shape.Joints} joints";
}
