using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Learning.Encoders;

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
