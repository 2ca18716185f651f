namespace PretrainCluster.Skeletons.Views;

/// <summary>A view in the making: [persons, frames, joints, 3], metres.</summary>
public readonly ref struct SkeletonView(Span<float> values, int persons, int frames, int joints)
{
    public Span<float> Values { get; } = values;
    public int Persons { get; } = persons;
    public int Frames { get; } = frames;
    public int Joints { get; } = joints;

    /// <summary>[frames, joints, 3]</summary>
    public Span<float> Person(int person) => Values.Slice(person * Frames * Joints * 3, Frames * Joints * 3);

    /// <summary>[joints, 3]</summary>
    public Span<float> Frame(int person, int frame) => Values.Slice((person * Frames + frame) * Joints * 3, Joints * 3);

    /// <summary>Who is absent is all zeros, and stays so.</summary>
    public bool IsAbsent(int person) => !Person(person).ContainsAnyExcept(0f);
}
