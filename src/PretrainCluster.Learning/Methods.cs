using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Learning;

/// <summary>The methods that this project brings along. A program hands them, with those of extensions, to whatever reads plans.</summary>
public static class Methods
{
    public static PlanKinds BuiltIn { get; } = PlanKinds.Of(typeof(Methods).Assembly, typeof(Augmentation).Assembly);
}
