namespace PretrainCluster.Skeletons.Layouts;

/// <summary>
/// Which joint stands where, how they are connected and mirrored.
/// The bones span all joints as a tree: every joint but one has exactly one parent. Joints in no pair lie on the body's midline.
/// </summary>
/// <param name="Name">Such as kinect-v2.</param>
/// <param name="Joints">Names in the order of the data.</param>
/// <param name="Bones">The field's own (child, parent) table; not necessarily directed away from <paramref name="Root"/>.</param>
/// <param name="Pairs">Left and right counterparts.</param>
/// <param name="Root">The joint that clips are centred on.</param>
public sealed record JointLayout(string Name, IReadOnlyList<string> Joints, IReadOnlyList<Bone> Bones, IReadOnlyList<JointPair> Pairs, int Root)
{
    /// <summary>More than any body model in use (SMPL-X has 144), and a bound for what a file may declare.</summary>
    public const int MaxJoints = 1024;

    /// <summary>The layout itself, if it is one; otherwise an <see cref="InputException"/> that begins with <paramref name="source"/>.</summary>
    public JointLayout Validated(string source)
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            throw new InputException($"{source}: a joint layout needs a name.");
        }

        if (Joints is not { Count: > 0 and <= MaxJoints })
        {
            throw new InputException($"{source}: layout '{Name}' must name between 1 and {MaxJoints} joints.");
        }

        if (Joints.Any(string.IsNullOrWhiteSpace) || Joints.Distinct(StringComparer.Ordinal).Count() != Joints.Count)
        {
            throw new InputException($"{source}: layout '{Name}' has joints without a name, or two of one name.");
        }

        if (Root < 0 || Root >= Joints.Count)
        {
            throw new InputException($"{source}: layout '{Name}' has root {Root}, but its joints are 0 to {Joints.Count - 1}.");
        }

        ValidateBones(source);
        ValidatePairs(source);
        return this;
    }

    /// <summary>The bones directed away from <see cref="Root"/>, each after the bone of its parent.</summary>
    public IReadOnlyList<Bone> BonesFromRoot()
    {
        var neighbours = Bones.SelectMany(bone => new[] { (bone.Child, bone.Parent), (Child: bone.Parent, Parent: bone.Child) })
            .ToLookup(edge => edge.Item1, edge => edge.Item2);
        var directed = new List<Bone>(Bones.Count);
        var reached = new HashSet<int> { Root };
        var queue = new Queue<int>([Root]);
        while (queue.TryDequeue(out var joint))
        {
            foreach (var next in neighbours[joint].Where(reached.Add))
            {
                directed.Add(new Bone(next, joint));
                queue.Enqueue(next);
            }
        }

        return directed;
    }

    public bool Equals(JointLayout? other) =>
        other is not null && Name == other.Name && Root == other.Root && Joints.SequenceEqual(other.Joints)
        && Bones.SequenceEqual(other.Bones) && Pairs.SequenceEqual(other.Pairs);

    public override int GetHashCode() => HashCode.Combine(Name, Joints.Count, Root);

    void ValidateBones(string source)
    {
        if (Bones is null || Bones.Count != Joints.Count - 1)
        {
            throw new InputException($"{source}: layout '{Name}' has {Bones?.Count ?? 0} bones; a tree over {Joints.Count} joints has {Joints.Count - 1}.");
        }

        var hasParent = new bool[Joints.Count];
        foreach (var (child, parent) in Bones)
        {
            if (!Holds(child) || !Holds(parent) || child == parent)
            {
                throw new InputException($"{source}: layout '{Name}' has a bone from {parent} to {child}; bones join two different joints of 0 to {Joints.Count - 1}.");
            }

            if (hasParent[child])
            {
                throw new InputException($"{source}: layout '{Name}' gives joint {child} ({Joints[child]}) two parents; bones form a tree.");
            }

            hasParent[child] = true;
        }

        if (BonesFromRoot().Count != Joints.Count - 1)
        {
            throw new InputException($"{source}: the bones of layout '{Name}' do not connect all joints; bones form one tree.");
        }
    }

    void ValidatePairs(string source)
    {
        var paired = new HashSet<int>();
        foreach (var (left, right) in Pairs ?? throw new InputException($"{source}: layout '{Name}' says nothing about pairs; an empty list is allowed."))
        {
            if (!Holds(left) || !Holds(right))
            {
                throw new InputException($"{source}: layout '{Name}' pairs {left} with {right}; its joints are 0 to {Joints.Count - 1}.");
            }

            if (!paired.Add(left) || !paired.Add(right))
            {
                throw new InputException($"{source}: layout '{Name}' has a joint of pair {left}, {right} in two pairs; pairs are disjoint.");
            }
        }
    }

    bool Holds(int joint) => joint >= 0 && joint < Joints.Count;
}

/// <summary>A bone points from its parent joint to its child; both are 0-based joint indices.</summary>
public readonly record struct Bone(int Child, int Parent);

/// <summary>Two joints that change places when a body is mirrored; 0-based joint indices.</summary>
public readonly record struct JointPair(int Left, int Right);
