namespace PretrainCluster.Learning.Encoders;

/// <summary>Adjacency of joints along a layout's bones, as graph convolutions take it: [partitions, from joint, to joint].</summary>
static class SkeletonGraph
{
    /// <summary>Partitions of <see cref="Spatial"/>.</summary>
    public const int Partitions = 3;

    const int Far = 2;

    /// <summary>
    /// ST-GCN's spatial configuration (Yan et al., AAAI 2018, section 3.3) with neighbours one bone away: a joint itself, its neighbours as far from the body's centre or
    /// farther, those nearer to it; every joint's incoming weights divided by their number.
    /// </summary>
    /// <remarks>
    /// The public code counts distances up to one bone and takes all others as equal. So only the bones of the centre's neighbours tell nearer from farther, and all weights
    /// that were published are for that graph; it is kept.
    /// </remarks>
    public static Tensor Spatial(JointLayout layout)
    {
        var joints = layout.Joints.Count;
        var hops = Hops(layout);
        var centre = Centre(hops);
        var degrees = new int[joints];
        for (var to = 0; to < joints; to++)
            degrees[to] = Enumerable.Range(0, joints).Count(from => hops[from, to] <= 1);
        var values = new float[Partitions * joints * joints];
        for (var from = 0; from < joints; from++)
        {
            for (var to = 0; to < joints; to++)
            {
                if (hops[from, to] > 1)
                    continue;
                var partition = from == to ? 0 : Math.Min(hops[from, centre], Far) >= Math.Min(hops[to, centre], Far) ? 1 : 2;
                values[(partition * joints + from) * joints + to] = (float)(1.0 / degrees[to]);
            }
        }
        return tensor(values, [Partitions, joints, joints]);
    }

    /// <summary>
    /// AGCN's graph (Shi et al., CVPR 2019): a joint itself, along the layout's bones, against them; in the latter two every joint's incoming weights divided by their number.
    /// </summary>
    public static Tensor Directed(JointLayout layout)
    {
        var joints = layout.Joints.Count;
        var values = new float[Partitions * joints * joints];
        for (var joint = 0; joint < joints; joint++)
            values[joint * joints + joint] = 1;
        foreach (var (child, parent) in layout.Bones)
        {
            values[(joints + parent) * joints + child] = 1;
            values[(2 * joints + child) * joints + parent] = (float)(1.0 / layout.Bones.Count(bone => bone.Parent == parent));
        }
        return tensor(values, [Partitions, joints, joints]);
    }

    /// <summary>
    /// The middle of the tree: the joint whose farthest joint is the nearest; of two such, the one nearer to all others together, then the first.
    /// Of NTU RGB+D's joints it is the one that the public code names, between the shoulders.
    /// </summary>
    internal static int Centre(int[,] hops)
    {
        var joints = Enumerable.Range(0, hops.GetLength(0)).ToList();
        return joints.OrderBy(joint => joints.Max(other => hops[joint, other])).ThenBy(joint => joints.Sum(other => hops[joint, other])).First();
    }

    /// <summary>Bones between each two joints.</summary>
    internal static int[,] Hops(JointLayout layout)
    {
        var joints = layout.Joints.Count;
        var hops = new int[joints, joints];
        // Away from the root, a joint's paths lead over its parent, whose own are known by then.
        var known = new List<int> { layout.Root };
        foreach (var (child, parent) in layout.BonesFromRoot())
        {
            foreach (var other in known)
                hops[child, other] = hops[other, child] = hops[parent, other] + 1;
            known.Add(child);
        }
        return hops;
    }
}

/// <summary>Trunk and limbs of any layout.</summary>
static class BodyParts
{
    /// <summary>Joints of the trunk, those in no pair, and of every limb: paired joints that bones connect without passing the trunk. Of NTU's joints these are trunk, arms and legs.</summary>
    public static int[][] Of(JointLayout layout)
    {
        var paired = layout.Pairs.SelectMany(pair => new[] { pair.Left, pair.Right }).ToHashSet();
        var limb = Enumerable.Range(0, layout.Joints.Count).Select(joint => paired.Contains(joint) ? joint : -1).ToArray();
        // Every joint takes the smallest number on its limb, one bone at a time.
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var (child, parent) in layout.Bones.Where(bone => limb[bone.Child] >= 0 && limb[bone.Parent] >= 0 && limb[bone.Child] != limb[bone.Parent]))
            {
                limb[child] = limb[parent] = Math.Min(limb[child], limb[parent]);
                changed = true;
            }
        }
        return [.. limb.Select((number, joint) => (number, joint)).GroupBy(entry => entry.number, entry => entry.joint).OrderBy(part => part.Key).Select(part => part.ToArray())];
    }
}
