namespace PretrainCluster.Skeletons.Views.Augmentations;

/// <summary>
/// Corrupts some joints in all frames of all persons: sets them to zero, or else multiplies them by one matrix with entries uniform in
/// [-largest, largest] (skeleton-contrast, ACM MM 2021).
/// </summary>
public sealed class JointJitter(double probability, double zeroProbability, double largest, int affected) : Augmentation(probability)
{
    [Kind("joint_jitter", "some joints set to zero or multiplied by a matrix (skeleton-contrast; Thoker et al., ACM MM 2021)")]
    public sealed record Settings : AugmentationSettings
    {
        [Description("largest matrix entry"), Range(0, 10)]
        public double Amount { get; init; } = 1;

        [Description("joints affected"), Range(1, 1024)]
        public int Joints { get; init; } = 15;

        [Description("chance that the joints are set to zero rather than transformed"), Range(0, 1)]
        public double ZeroProbability { get; init; } = 0.5;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new JointJitter(Probability, ZeroProbability, Amount, JointChoice.Checked(Joints, layout, where));

        public override IEnumerable<(string Path, string Message)> Problems(string at, DataShape? shape) => JointChoice.Problems(at, Joints, shape);
    }

    public override void Apply(SkeletonView view, ref CounterRandom random)
    {
        var zero = random.NextDouble() < zeroProbability;
        var joints = JointChoice.Draw(stackalloc int[view.Joints], affected, ref random);
        Span<float> map = stackalloc float[9];
        foreach (ref var entry in map)
            entry = zero ? 0 : (float)random.NextDouble(-largest, largest);
        for (var start = 0; start < view.Values.Length; start += view.Joints * 3)
        {
            foreach (var joint in joints)
            {
                var position = view.Values.Slice(start + joint * 3, 3);
                var (x, y, z) = (position[0], position[1], position[2]);
                position[0] = map[0] * x + map[1] * y + map[2] * z;
                position[1] = map[3] * x + map[4] * y + map[5] * z;
                position[2] = map[6] * x + map[7] * y + map[8] * z;
            }
        }
    }
}

/// <summary>Sets some joints to zero in all frames of all persons.</summary>
public sealed class JointDrop(double probability, int affected) : Augmentation(probability)
{
    [Kind("joint_drop", "some joints set to zero in all frames")]
    public sealed record Settings : AugmentationSettings
    {
        public Settings() => Probability = 0.5;

        [Description("joints affected"), Range(1, 1024)]
        public int Joints { get; init; } = 5;

        public override Augmentation Create(JointLayout layout, string where, bool upright) => new JointDrop(Probability, JointChoice.Checked(Joints, layout, where));

        public override IEnumerable<(string Path, string Message)> Problems(string at, DataShape? shape) => JointChoice.Problems(at, Joints, shape);
    }

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
