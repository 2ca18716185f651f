using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>Sets some joints to zero in all frames of all persons.</summary>
public sealed class JointDrop(double probability, int affected) : Augmentation(probability)
{
    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        var joints = JointChoice.Draw(stackalloc int[view.Joints], affected, ref random);
        for (var start = 0; start < view.Values.Length; start += view.Joints * 3)
        {
            foreach (var joint in joints)
                view.Values.Slice(start + joint * 3, 3).Clear();
        }
    }
}
