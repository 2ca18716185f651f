namespace PretrainCluster.Learning.Optimizers;

/// <summary>
/// Linear warm-up from 0, then half a cosine down to the plan's smallest rate, changing with every step (MAMP's util/lr_sched.py), or drops after whole epochs.
/// </summary>
/// <param name="plan">rates and warm-up, in epochs</param>
/// <param name="epochs">epochs of the run</param>
public sealed class LearningRateSchedule(OptimizerPlan plan, double epochs)
{
    /// <param name="epoch">epochs done before the step, with the fraction of the current one: step / steps per epoch</param>
    public double At(double epoch)
    {
        if (epoch < plan.WarmupEpochs)
            return plan.LearningRate * epoch / plan.WarmupEpochs;
        if (plan.Schedule == RateSchedule.Drops)
            return plan.LearningRate * Math.Pow(plan.DropFactor, plan.DropEpochs.Count(drop => epoch >= drop));
        var progress = epochs > plan.WarmupEpochs ? (epoch - plan.WarmupEpochs) / (epochs - plan.WarmupEpochs) : 1;
        return plan.MinLearningRate + (plan.LearningRate - plan.MinLearningRate) * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(progress, 1)));
    }
}
