namespace PretrainCluster.Core.Plans;

/// <summary>What the limit of a gradient's norm is about.</summary>
public enum GradientClip
{
    /// <summary>The whole gradient as one vector, as torch.nn.utils.clip_grad_norm_ takes it.</summary>
    Global,

    /// <summary>Each weight's gradient on its own, as in the public code of DINO and STARS.</summary>
    PerTensor,
}
