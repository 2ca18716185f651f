using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Encoders;

/// <summary>What turns a clip into one vector: the part of a model that is pretrained, evaluated and handed on.</summary>
public abstract class SkeletonEncoder(string name, EncoderPlan plan) : nn.Module(name)
{
    /// <summary>Size and rates.</summary>
    public EncoderPlan Plan { get; } = plan;

    /// <summary>Features per clip.</summary>
    public abstract int Width { get; }

    /// <summary>Every parameter by its name in the public implementation's state dict.</summary>
    public abstract IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }

    /// <summary>What a file of other weights is told that it does not fit, e.g. "encoder of width 256 and depth 8".</summary>
    internal abstract string Description { get; }

    /// <summary>One vector per clip; nothing is masked or dropped.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3], metres</param>
    /// <returns>[clips, width]</returns>
    public Tensor Features(Tensor clips) => Features(clips, noise: null);

    /// <summary>As <see cref="Features(Tensor)"/>, in a training pass.</summary>
    /// <param name="clips">[clips, persons, frames, joints, 3], metres</param>
    /// <param name="noise">null in an evaluation pass</param>
    /// <returns>[clips, width]</returns>
    internal abstract Tensor Features(Tensor clips, DropoutNoise? noise);
}
