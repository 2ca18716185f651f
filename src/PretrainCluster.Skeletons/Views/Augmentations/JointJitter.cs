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
