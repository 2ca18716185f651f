using System.Numerics;

namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>
/// Generates labelled motions of an articulated skeleton. A clip depends on the options and its index alone, so any part of a set can be made anywhere.
/// </summary>
public sealed class SkeletonSynthesizer
{
    const double FramesPerSecond = 30;
    const double Degree = Math.PI / 180;
    const ulong SubjectStream = 1, ClipStream = 2;

    readonly SynthesisOptions _options;
    readonly SubjectModel[] _subjects;

    /// <exception cref="InputException">An option is impossible.</exception>
    public SkeletonSynthesizer(SynthesisOptions options)
    {
        options.Validate();
        _options = options;
        _subjects = new SubjectModel[options.Subjects];
        for (var i = 0; i < _subjects.Length; i++)
        {
            var random = new CounterRandom(options.Seed, RandomPurpose.Synthesis, SubjectStream, (ulong)i);
            _subjects[i] = SubjectModel.Draw(options.SubjectVariation, ref random);
        }
    }

    public static IReadOnlyList<string> Classes { get; } = [.. MotionCatalog.Classes.Select(motion => motion.Name)];

    /// <summary>Clip number <paramref name="index"/>: class, subject and camera follow from it in turn, all else is drawn.</summary>
    public Clip Generate(long index)
    {
        var label = (int)(index % Classes.Count);
        var repetition = index / Classes.Count;
        var subject = (int)(repetition % _options.Subjects);
        var random = new CounterRandom(_options.Seed, RandomPurpose.Synthesis, ClipStream, (ulong)index);
        var camera = random.Next(_options.Cameras);
        var frames = Perform(MotionCatalog.Classes[label], _subjects[subject], ref random);
        Sensor.Observe(frames, _options.Noise, _options.Occlusion, ref random);
        var name = FormattableString.Invariant($"C{camera + 1:D3}P{subject + 1:D3}R{repetition / _options.Subjects + 1:D3}A{label + 1:D3}");
        return new(name, label, subject + 1, camera + 1, Setup: -1, Persons: 1, frames.Length, frames[0].Length, Film(frames, camera, ref random));
    }

    /// <summary>Writes the whole set with splits xsub and xview.</summary>
    public DatasetDescription WriteTo(string folder, DatasetWriterOptions? options = null, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        var header = new DatasetHeader("synthetic", JointLayouts.KinectV2, Persons: 1, Classes,
            Preprocessing: $"synthesized (seed {_options.Seed}), metres, centred on the spine of the first frame");
        using var writer = new DatasetWriter(folder, header, options);
        var (subjects, cameras) = (new List<int>(), new List<int>());
        for (long i = 0; i < _options.Clips; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var clip = Generate(i);
            writer.Add(clip);
            subjects.Add(clip.Subject);
            cameras.Add(clip.View);
            progress?.Report(i + 1);
        }
        AddSplit(writer, "xsub", subjects, subject => subject % 3 == 0, "every third subject is tested");
        AddSplit(writer, "xview", cameras, camera => camera == 1, "the first camera is tested");
        return writer.Commit();
    }

    static void AddSplit(DatasetWriter writer, string name, List<int> numbers, Func<int, bool> isTest, string rule)
    {
        var samples = Enumerable.Range(0, numbers.Count).ToLookup(sample => isTest(numbers[sample]), sample => (long)sample);
        if (samples[true].Any() && samples[false].Any())
            writer.AddSplit(name, [.. samples[false]], [.. samples[true]], rule);
    }

    Vector3[][] Perform(MotionClass motion, SubjectModel subject, ref CounterRandom random)
    {
        var variation = _options.MotionVariation;
        var pace = subject.Tempo * Math.Exp(0.25 * variation * random.NextDouble(-1, 1));
        // A motion takes up most of its clip, as in the field's benchmarks: a random crop of half of it still shows what it is.
        var share = random.NextDouble(0.6, 0.95);
        var length = Math.Clamp((int)(FramesPerSecond * motion.Seconds / (pace * share)), _options.MinFrames, _options.MaxFrames);
        var frames = new Vector3[length][];
        var seconds = frames.Length / FramesPerSecond;
        var duration = Math.Min(motion.Seconds / pace, share * seconds);
        var begin = random.NextDouble() * Math.Min(1, variation) * (seconds - duration);
        var style = new MotionStyle(
            subject.Size * (1 + 0.15 * variation * random.NextDouble(-1, 1)),
            Cycles: 1 + (random.NextDouble() < 0.5 * variation ? 1 : 0),
            Skew: 0.08 * variation * random.NextDouble(-1, 1));
        var stance = new Stance(_options.StanceVariation, _options.Distraction, seconds, ref random);
        for (var frame = 0; frame < frames.Length; frame++)
        {
            var time = frame / FramesPerSecond;
            var pose = stance.At(time);
            motion.Pattern(Math.Clamp((time - begin) / duration, 0, 1), style, pose);
            frames[frame] = new Vector3[JointLayouts.KinectV2.Joints.Count];
            subject.Body.Place(pose, frames[frame]);
        }
        return frames;
    }

    /// <summary>Turns the body as its camera sees it and centres the clip: [frames, joints, 3].</summary>
    float[] Film(Vector3[][] frames, int camera, ref CounterRandom random)
    {
        var direction = (camera - (_options.Cameras - 1) / 2.0) * _options.CameraSpacing + _options.Facing * random.NextDouble(-1, 1);
        var tilt = 5 * (1 + camera % 3) * Degree;
        // A Kinect's z points away from it, so a body that faces the camera faces -z.
        var turn = Quaternion.CreateFromAxisAngle(Vector3.UnitX, (float)-tilt) * Quaternion.CreateFromAxisAngle(Vector3.UnitY, (float)(Math.PI + direction * Degree));
        var centre = frames[0][JointLayouts.KinectV2.Root];
        var positions = new float[frames.Length * frames[0].Length * 3];
        var i = 0;
        foreach (var frame in frames)
        {
            foreach (var joint in frame)
            {
                var seen = Vector3.Transform(joint - centre, turn);
                (positions[i++], positions[i++], positions[i++]) = (seen.X, seen.Y, seen.Z);
            }
        }
        return positions;
    }
}
