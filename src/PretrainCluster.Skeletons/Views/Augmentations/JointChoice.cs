using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>Draws joints without replacement.</summary>
static class JointChoice
{
    /// <summary>Shuffles all joints into <paramref name="joints"/> and returns the first <paramref name="count"/>.</summary>
    public static ReadOnlySpan<int> Draw(Span<int> joints, int count, ref CounterRandom random)
    {
        for (var i = 0; i < joints.Length; i++)
            joints[i] = i;
        for (var i = 0; i < count; i++)
        {
            var j = i + random.Next(joints.Length - i);
            (joints[i], joints[j]) = (joints[j], joints[i]);
        }
        return joints[..count];
    }
}
