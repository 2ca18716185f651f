using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>One augmentation. Each kind's keys stand beside the class that applies it.</summary>
[Kinds("augmentation", "what is done to the view")]
public record AugmentationPlan : KindSection
{
    [Description("chance that a view gets it"), Range(0, 1)]
    public double Probability { get; init; } = 1;

    [Description("only for views that did not get the augmentation before it, so that of the two a view gets one at most"), AddedLater]
    public bool Instead { get; init; }

    /// <summary>What does not go together, or does not fit the dataset: the key that is most likely to be changed, and what is expected there.</summary>
    /// <param name="at">where the section stands, e.g. "view.augment[0]"</param>
    /// <param name="shape">of the dataset; null where it is not known</param>
    public virtual IEnumerable<(string Path, string Message)> Problems(string at, DataShape? shape) => [];
}
