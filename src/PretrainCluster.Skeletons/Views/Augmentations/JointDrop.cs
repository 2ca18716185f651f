namespace PretrainCluster.Skeletons.Views.Augmentations;

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
