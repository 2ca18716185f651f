using System.Buffers;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>An augmentation that is one linear map of space. Several in a row, at the start of a plan, cost as much as one: they are applied while resizing.</summary>
public abstract class LinearAugmentation(double probability) : Augmentation(probability)
{
    const int BlockFloats = 48 * 64;

    public abstract LinearMap Draw(ref CounterRandom random);

    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        var kernel = new LinearMapKernel(Draw(ref random), stackalloc float[LinearMapKernel.CoefficientCount]);
        var block = ArrayPool<float>.Shared.Rent(BlockFloats + 2 * LinearMapKernel.Margin);
        block.AsSpan(0, LinearMapKernel.Margin).Clear();
        for (var start = 0; start < view.Values.Length; start += BlockFloats)
        {
            var part = view.Values.Slice(start, Math.Min(BlockFloats, view.Values.Length - start));
            part.CopyTo(block.AsSpan(LinearMapKernel.Margin));
            block.AsSpan(LinearMapKernel.Margin + part.Length, LinearMapKernel.Margin).Clear();
            kernel.Apply(block.AsSpan(0, part.Length + 2 * LinearMapKernel.Margin), part);
        }
        ArrayPool<float>.Shared.Return(block);
    }
}
