using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>Makes an encoder with initial weights, the same at every call.</summary>
/// <param name="other">its plan, where it is not the run's own encoder</param>
public delegate SkeletonEncoder EncoderMaker(EncoderPlan? other = null);

/// <summary>From a plan to its objective. A new objective adds one line here.</summary>
public static class ObjectiveFactory
{
    static readonly Dictionary<ObjectiveKind, (Func<ObjectivePlan, EncoderMaker, ulong, Objective> Create, Func<ObjectivePlan, EncoderCost, ObjectiveCost> Cost, int Views)> s_objectives = new()
    {
        [ObjectiveKind.MaskedMotion] = Masked((plan, encoder, seed) => new MaskedMotion(plan, encoder, seed), MaskedMotion.Kept),
        [ObjectiveKind.MaskedCoordinates] = Masked((plan, encoder, seed) => new MaskedCoordinates(plan, encoder, seed), MaskedCoordinates.Kept),
        [ObjectiveKind.SkeletonMae] = Masked((plan, encoder, seed) => new SkeletonMae(plan, encoder, seed), SkeletonMae.Kept),
        [ObjectiveKind.Moco] = ((plan, encoder, seed) => new MomentumContrast(plan, encoder(), encoder(), seed), MomentumContrast.Cost, MomentumContrast.ViewCount),
        [ObjectiveKind.Nnclr] = ((plan, encoder, seed) => new NearestNeighbourContrast(plan, encoder(), seed), NearestNeighbourContrast.Cost, 2),
        [ObjectiveKind.MaskedFeatures] = ((plan, encoder, seed) => new MaskedFeatures(plan, (SkeletonTransformer)encoder(), (SkeletonTransformer)encoder(), seed), (plan, encoder) => MaskedFeatures.Cost(plan, (TransformerCost)encoder), MaskedFeatures.ViewCount),
        [ObjectiveKind.HiTrs] = ((plan, encoder, seed) => new HierarchicalPrediction(plan, (HiTrs)encoder(), seed), (_, encoder) => HierarchicalPrediction.Cost((HiTrsCost)encoder), 1),
        [ObjectiveKind.Simclr] = ((plan, encoder, seed) => new SimClr(plan, encoder(), seed), SimClr.Cost, SimClr.ViewCount),
        [ObjectiveKind.Vicreg] = ((plan, encoder, seed) => new VicReg(plan, encoder(), seed), VicReg.Cost, VicReg.ViewCount),
        [ObjectiveKind.InterSkeleton] = ((plan, encoder, seed) => new InterSkeletonContrast(plan, encoder, seed), InterSkeletonContrast.Cost, InterSkeletonContrast.ViewCount),
        [ObjectiveKind.Skeattnclr] = ((plan, encoder, seed) => new SkeletonAttentionContrast(plan, (StGcn)encoder(), (StGcn)encoder(), seed), SkeletonAttentionContrast.Cost, SkeletonAttentionContrast.ViewCount),
    };

    /// <summary>An objective and its encoder with initial weights.</summary>
    /// <param name="objective">what is learned</param>
    /// <param name="encoder">kind and size of the encoder</param>
    /// <param name="clip">what the encoder will see</param>
    /// <param name="seed">the run's seed</param>
    /// <param name="prepare">is given each encoder of that plan that the objective is made of, one with its moving average among them, before anything is made of it: gives it other weights, or freezes a part; one of another plan stays as it is made</param>
    /// <exception cref="InputException">The plan's sizes do not fit each other.</exception>
    public static Objective Create(ObjectivePlan objective, EncoderPlan encoder, ClipShape clip, ulong seed, Action<SkeletonEncoder>? prepare = null)
    {
        // Queues and heads begin as the result of operators, whose numbers must not be collected any more than a step's.
        using var held = Finalizers.Hold();
        return s_objectives[objective.Kind].Create(ObjectiveDefaults.Resolve(objective, encoder, clip.Frames), Prepared, seed);

        SkeletonEncoder Prepared(EncoderPlan? other)
        {
            var made = EncoderFactory.Create(other ?? encoder, clip, seed);
            if (other is null)
                prepare?.Invoke(made);
            return made;
        }
    }

    /// <summary>The same for an encoder that sees one person at a time and does not ask which joint stands where.</summary>
    /// <inheritdoc cref="Create(ObjectivePlan, EncoderPlan, ClipShape, ulong, Action{SkeletonEncoder})"/>
    /// <param name="frames">frames of a view</param>
    /// <param name="joints">joints of a person</param>
    public static Objective Create(ObjectivePlan objective, EncoderPlan encoder, int frames, int joints, ulong seed) =>
        Create(objective, encoder, new ClipShape(1, frames, joints), seed);

    /// <summary>Views of a clip that a step sees.</summary>
    public static int Views(ObjectivePlan plan) => plan.Kind == ObjectiveKind.Nnclr ? plan.Views : Views(plan.Kind);

    /// <summary>Views of a clip that a step of the objective sees, as it is published.</summary>
    public static int Views(ObjectiveKind kind) => s_objectives[kind].Views;

    /// <exception cref="InputException">The plan's ratios leave nothing, or mask nothing.</exception>
    internal static ObjectiveCost Cost(ObjectivePlan objective, EncoderCost encoder) => s_objectives[objective.Kind].Cost(objective, encoder);

    static (Func<ObjectivePlan, EncoderMaker, ulong, Objective>, Func<ObjectivePlan, EncoderCost, ObjectiveCost>, int) Masked(
        Func<ObjectivePlan, SkeletonTransformer, ulong, Objective> create, Func<ObjectivePlan, TokenGrid, int> kept) =>
    (
        (plan, encoder, seed) => create(plan, (SkeletonTransformer)encoder(), seed),
        (plan, encoder) => MaskedAutoencoder.Cost(plan, (TransformerCost)encoder, kept(plan, ((TransformerCost)encoder).Grid)),
        1
    );
}
