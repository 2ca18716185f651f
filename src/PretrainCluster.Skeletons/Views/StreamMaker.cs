namespace PretrainCluster.Skeletons.Views;

/// <summary>Turns a view's coordinates into its bones or its motion, in place. Who is absent stays all zeros.</summary>
sealed class StreamMaker
{
    readonly ViewStream _stream;
    readonly Bone[] _bones = [];
    readonly int _first;

    public StreamMaker(ViewStream stream, JointLayout layout)
    {
        _stream = stream;
        if (stream != ViewStream.Bone)
            return;
        var parents = layout.Bones.ToDictionary(bone => bone.Child, bone => bone.Parent);
        // The farthest first, so that a parent is still a joint when its children become bones.
        _bones = [.. layout.Bones.OrderByDescending(bone => Depth(bone.Child))];
        _first = Enumerable.Range(0, layout.Joints.Count).Single(joint => !parents.ContainsKey(joint));

        int Depth(int joint) => parents.TryGetValue(joint, out var parent) ? Depth(parent) + 1 : 0;
    }

    public void Apply(SkeletonView view)
    {
        if (_stream == ViewStream.Joint)
            return;
        for (var person = 0; person < view.Persons; person++)
        {
            if (_stream == ViewStream.Bone)
                MakeBones(view, person);
            else
                MakeMotion(view.Person(person), view.Joints * 3);
        }
    }

    void MakeBones(SkeletonView view, int person)
    {
        for (var frame = 0; frame < view.Frames; frame++)
        {
            var joints = view.Frame(person, frame);
            foreach (var (child, parent) in _bones)
            {
                for (var axis = 0; axis < 3; axis++)
                    joints[3 * child + axis] -= joints[3 * parent + axis];
            }
            joints.Slice(3 * _first, 3).Clear();
        }
    }

    static void MakeMotion(Span<float> frames, int frame)
    {
        for (var i = 0; i < frames.Length - frame; i++)
            frames[i] = frames[i + frame] - frames[i];
        frames[^frame..].Clear();
    }
}
