namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>Draws joints without replacement.</summary>
static class JointChoice
{
    /// <summary>What does not fit a dataset.</summary>
    /// <param name="shape">null where it is not known</param>
    public static IEnumerable<(string Path, string Message)> Problems(string at, int affected, DataShape? shape)
    {
        if (affected > shape?.Joints)
            yield return ($"{at}.joints", $"at most the {shape.Joints} joints are expected, not {affected}");
    }

    /// <exception cref="InputException">The layout has fewer joints.</exception>
    public static int Checked(int affected, JointLayout layout, string where) => affected <= layout.Joints.Count ? affected
        : throw new InputException($"{where}: joints is {affected}, but layout '{layout.Name}' has {layout.Joints.Count}.");

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
