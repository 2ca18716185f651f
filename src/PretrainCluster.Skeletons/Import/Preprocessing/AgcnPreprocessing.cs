using System.Numerics;
using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Import.Preprocessing;

/// <summary>
/// Family B, as prepared by 2s-AGCN (Shi et al. 2019), and by skeleton-contrast, CMD, HiCo, UmURL, PCM3 and USDRL with it.
/// Of the first four bodies of every frame, by place rather than by id, the two whose coordinates spread most are kept. A person who comes late
/// is moved to the start, one who leaves early is repeated from the start; the middle of the first person's spine is subtracted in every frame;
/// the first person's first frame then turns everything so that the spine points along z and the shoulders along x.
/// </summary>
/// <remarks>The public files repeat on to 300 frames. Here a clip ends with its own last frame, as the methods above cut it.</remarks>
public sealed class AgcnPreprocessing : INtuPreprocessing
{
    public const string Family = "agcn";

    const int Places = 4;
    const int SpineBase = 0, SpineMiddle = 1, LeftShoulder = 4, RightShoulder = 8;

    public string Name => Family;

    public PersonFrames? Apply(NtuSequence sequence)
    {
        var places = Enumerable.Range(0, Places).Select(place => (Place: place, Energy: Energy(sequence, place)))
            .OrderByDescending(body => body.Energy).ThenByDescending(body => body.Place).Take(2).ToList();
        if (sequence.Frames.All(bodies => bodies.Take(Places).All(body => body.Joints.All(value => (float)value == 0))))
            return null;

        var persons = new PersonFrames(2, sequence.Frames.Count);
        for (var person = 0; person < 2; person++)
            Copy(sequence, places[person].Place, persons, person);
        for (var person = 0; person < 2; person++)
            Repeat(persons, person);
        SubtractSpine(persons);
        Turn(persons, SpineBase, SpineMiddle, Vector3.UnitZ);
        Turn(persons, LeftShoulder, RightShoulder, Vector3.UnitX);
        return persons;
    }

    /// <summary>Standard deviations of x, y and z over the frames in which the place is taken, added up.</summary>
    static double Energy(NtuSequence sequence, int place)
    {
        var poses = sequence.Frames.Where(bodies => bodies.Count > place).Select(bodies => bodies[place].Joints).Where(joints => joints.Sum() != 0).ToList();
        if (poses.Count == 0)
            return 0;

        var energy = 0.0;
        for (var axis = 0; axis < 3; axis++)
        {
            var values = poses.SelectMany(joints => Enumerable.Range(0, NtuSequence.Joints).Select(joint => joints[(joint * 3) + axis])).ToList();
            var mean = values.Average();
            energy += Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        }

        return energy;
    }

    static void Copy(NtuSequence sequence, int place, PersonFrames persons, int person)
    {
        for (var frame = 0; frame < persons.Frames; frame++)
        {
            if (sequence.Frames[frame].Count <= place)
                continue;
            var pose = persons.At(frame, person);
            for (var i = 0; i < pose.Length; i++)
                pose[i] = (float)sequence.Frames[frame][place].Joints[i];
        }
    }

    static void Repeat(PersonFrames persons, int person)
    {
        if (IsAbsent(persons.At(0, person)))
            CloseUp(persons, person);

        var valid = persons.Frames;
        while (valid > 0 && IsAbsent(persons.At(valid - 1, person)))
            valid--;
        for (var frame = valid; valid > 0 && frame < persons.Frames; frame++)
            persons.At(frame % valid, person).CopyTo(persons.At(frame, person));
    }

    static void CloseUp(PersonFrames persons, int person)
    {
        var next = 0;
        for (var frame = 0; frame < persons.Frames; frame++)
        {
            var pose = persons.At(frame, person);
            if (IsAbsent(pose))
                continue;
            if (frame != next)
            {
                pose.CopyTo(persons.At(next, person));
                pose.Clear();
            }

            next++;
        }
    }

    static void SubtractSpine(PersonFrames persons)
    {
        for (var frame = 0; frame < persons.Frames; frame++)
        {
            var centre = Joint(persons.At(frame, 0), SpineMiddle);
            for (var person = 0; person < 2; person++)
            {
                var pose = persons.At(frame, person);
                for (var joint = 0; joint < NtuSequence.Joints; joint++)
                {
                    var position = Joint(pose, joint);
                    if (position.X + position.Y + position.Z != 0)
                        (position - centre).CopyTo(pose[(joint * 3)..]);
                }
            }
        }
    }

    /// <summary>Turns every pose by what brings the bone from one joint to another, in the first person's first frame, onto an axis.</summary>
    static void Turn(PersonFrames persons, int from, int to, Vector3 axis)
    {
        var first = persons.At(0, 0);
        var bone = Joint(first, to) - Joint(first, from);
        var rotation = Rotation(bone, axis);
        for (var frame = 0; frame < persons.Frames; frame++)
            for (var person = 0; person < 2; person++)
            {
                var pose = persons.At(frame, person);
                if (!IsAbsent(pose))
                    Rotate(pose, rotation);
            }
    }

    static double[] Rotation(Vector3 bone, Vector3 target)
    {
        const double Small = 1e-6;
        double[] identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        if (Math.Abs(bone.X) + Math.Abs(bone.Y) + Math.Abs(bone.Z) < Small)
            return identity;

        double x = bone.Y * (double)target.Z - bone.Z * (double)target.Y, y = bone.Z * (double)target.X - bone.X * (double)target.Z, z = bone.X * (double)target.Y - bone.Y * (double)target.X;
        var angle = Math.Acos(Math.Clamp(Vector3.Dot(bone / bone.Length(), target), -1.0, 1.0));
        if (Math.Abs(x) + Math.Abs(y) + Math.Abs(z) < Small || angle < Small)
            return identity;

        var scale = -Math.Sin(angle / 2) / Math.Sqrt((x * x) + (y * y) + (z * z));
        var (a, b, c, d) = (Math.Cos(angle / 2), x * scale, y * scale, z * scale);
        return
        [
            (a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) + (a * d)), 2 * ((b * d) - (a * c)),
            2 * ((b * c) - (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) + (a * b)),
            2 * ((b * d) + (a * c)), 2 * ((c * d) - (a * b)), (a * a) + (d * d) - (b * b) - (c * c),
        ];
    }

    static void Rotate(Span<float> pose, double[] r)
    {
        for (var i = 0; i < pose.Length; i += 3)
        {
            double x = pose[i], y = pose[i + 1], z = pose[i + 2];
            pose[i] = (float)((r[0] * x) + (r[1] * y) + (r[2] * z));
            pose[i + 1] = (float)((r[3] * x) + (r[4] * y) + (r[5] * z));
            pose[i + 2] = (float)((r[6] * x) + (r[7] * y) + (r[8] * z));
        }
    }

    static Vector3 Joint(ReadOnlySpan<float> pose, int joint) => new(pose.Slice(joint * 3, 3));

    static bool IsAbsent(ReadOnlySpan<float> pose) => !pose.ContainsAnyExcept(0f);
}
