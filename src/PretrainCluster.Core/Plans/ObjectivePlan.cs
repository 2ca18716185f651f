namespace PretrainCluster.Core.Plans;

/// <summary>What is learned. Each kind's keys stand beside the class that learns it.</summary>
[Kinds("objective", "what is predicted from what")]
public record ObjectivePlan : KindSection
{
    /// <summary>The same with every key set whose default depends on other sections.</summary>
    /// <param name="frames">of a view</param>
    public virtual ObjectivePlan Resolve(EncoderPlan encoder, int frames) => this;

    /// <summary>What does not fit the rest of the plan, or the dataset: the key that is most likely to be changed, and what is expected there.</summary>
    /// <param name="plan">of the stage that the objective belongs to</param>
    /// <param name="shape">of the dataset; null where it is not known</param>
    public virtual IEnumerable<(string Path, string Message)> Problems(Plan plan, DataShape? shape) => [];
}
