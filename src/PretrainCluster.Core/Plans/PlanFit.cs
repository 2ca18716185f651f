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
        foreach (var (encoder, at) in new[] { (plan.Encoder, "encoder"), (plan.Objective.Partner, "objective.partner") })
        {
            if (encoder?.Kind == EncoderKind.Transformer && shape.Joints % encoder.PatchJoints != 0)
                yield return ($"{at}.patch_joints", $"a divisor of the {shape.Joints} joints is expected, not {encoder.PatchJoints}");
            if (encoder?.Kind == EncoderKind.HiTrs && (long)encoder.WindowFrames * shape.Joints > FrameWindows.MostJoints)
                yield return ($"{at}.window_frames", $"at most {FrameWindows.MostJoints} joints of a window are expected, not {encoder.WindowFrames} x {shape.Joints}");
        }
        if (plan.Encoder is { Kind: EncoderKind.Transformer } tokens && plan.View.Frames % tokens.PatchFrames == 0 && shape.Joints % tokens.PatchJoints == 0)
        {
            foreach (var broken in Masks(plan.Objective, plan.View.Frames / tokens.PatchFrames, shape.Joints / tokens.PatchJoints))
                yield return broken;
        }
        for (var i = 0; i < plan.View.Augment.Count; i++)
        {
            if (plan.View.Augment[i].Joints > shape.Joints)
                yield return ($"view.augment[{i}].joints", $"at most the {shape.Joints} joints are expected, not {plan.View.Augment[i].Joints}");
        }
        if (plan.Training.Batch.DropLast && shape.Clips < plan.Training.Batch.Clips)
            yield return ("training.batch.clips", $"at most the {shape.Clips} training clips are expected where drop_last is true, not {plan.Training.Batch.Clips}");
        else if ((Int128)shape.Clips * plan.Training.Epochs < plan.Training.Batch.Clips)
            yield return ("training.batch.clips", $"at most the {shape.Clips} training clips times {plan.Training.Epochs} epochs are expected, not {plan.Training.Batch.Clips}");
    }

    static IEnumerable<(string, string)> Masks(ObjectivePlan objective, int frames, int joints)
    {
        if (!ObjectiveDefaults.HidesTokens(objective.Kind))
            yield break;
        var tokens = frames * joints;
        if (objective.Kind is ObjectiveKind.SkeletonMae or ObjectiveKind.MaskedFeatures)
        {
            if (objective.Masking != SkeletonMasking.Frame && LeavesNothing(joints, objective.JointRatio))
                yield return ("objective.joint_ratio", $"a part that masks at least one and leaves at least one of {joints} joint tokens is expected, not {PlanKey.Format(objective.JointRatio)}");
            if (objective.Masking != SkeletonMasking.Joint && LeavesNothing(frames, objective.FrameRatio))
                yield return ("objective.frame_ratio", $"a part that masks at least one and leaves at least one of {frames} frame tokens is expected, not {PlanKey.Format(objective.FrameRatio)}");
        }
        else if (LeavesNothing(tokens, objective.MaskRatio))
            yield return ("objective.mask_ratio", $"a part that masks at least one and leaves at least one of {tokens} tokens is expected, not {PlanKey.Format(objective.MaskRatio)}");
    }

    // As the public code counts what it keeps: int(tokens * (1 - ratio)).
    static bool LeavesNothing(int tokens, double ratio) => (int)(tokens * (1 - ratio)) is var kept && (kept == 0 || kept == tokens);

    static string Describe(DataShape shape) => $"{shape.Clips} training clips of {shape.Persons} persons with {shape.Joints} joints";
}
