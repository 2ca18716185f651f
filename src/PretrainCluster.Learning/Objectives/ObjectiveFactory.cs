using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>From a plan to its objective. A new objective adds one line here.</summary>
public static class ObjectiveFactory
{
    static readonly Dictionary<ObjectiveKind, (Func<ObjectivePlan, SkeletonTransformer, ulong, Objective> Create, Func<ObjectivePlan, EncoderCost, ObjectiveCost> Cost, int Views)> s_objectives = new()
    {
        [ObjectiveKind.MaskedMotion] = ((plan, encoder, seed) => new MaskedMotion(plan, encoder, seed), (plan, encoder) => MaskedAutoencoder.Cost(plan, encoder, MaskedMotion.Kept(plan, encoder.Grid)), 1),
        [ObjectiveKind.MaskedCoordinates] = ((plan, encoder, seed) => new MaskedCoordinates(plan, encoder, seed), (plan, encoder) => MaskedAutoencoder.Cost(plan, encoder, MaskedCoordinates.Kept(plan, encoder.Grid)), 1),
        [ObjectiveKind.SkeletonMae] = ((plan, encoder, seed) => new SkeletonMae(plan, encoder, seed), (plan, encoder) => MaskedAutoencoder.Cost(plan, encoder, SkeletonMae.Kept(plan, encoder.Grid)), 1),
        [ObjectiveKind.Moco] = ((plan, encoder, seed) => new MomentumContrast(plan, encoder, seed), MomentumContrast.Cost, MomentumContrast.ViewCount),
        [ObjectiveKind.Nnclr] = ((plan, encoder, seed) => new NearestNeighbourContrast(plan, encoder, seed), NearestNeighbourContrast.Cost, NearestNeighbourContrast.ViewCount),
    };

    /// <summary>An objective and its encoder with initial weights.</summary>
    /// <param name="objective">what is learned</param>
    /// <param name="encoder">size of the encoder</param>
    /// <param name="frames">frames of a view</param>
    /// <param name="joints">joints of a person</param>
    /// <param name="seed">the run's seed</param>
    /// <exception cref="InputException">The plan's sizes do not fit each other.</exception>
    public static Objective Create(ObjectivePlan objective, EncoderPlan encoder, int frames, int joints, ulong seed) =>
        s_objectives[objective.Kind].Create(ObjectiveDefaults.Resolve(objective, encoder), new SkeletonTransformer(encoder, frames, joints, seed), seed);

    /// <summary>Views of a clip that a step of the objective sees.</summary>
    public static int Views(ObjectiveKind kind) => s_objectives[kind].Views;

    /// <exception cref="InputException">The plan's ratios leave nothing, or mask nothing.</exception>
    internal static ObjectiveCost Cost(ObjectivePlan objective, EncoderCost encoder) => s_objectives[objective.Kind].Cost(objective, encoder);
}
