using System.Numerics.Tensors;
using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Import.Preprocessing;

/// <summary>Everything a sequence says about one tracking id.</summary>
/// <param name="Id">The Kinect's tracking id.</param>
/// <param name="Frames">In which of the sequence's frames with any body it appears, ascending.</param>
/// <param name="Poses">[25, 3] for each of them, single precision.</param>
sealed record BodyTrack(ulong Id, List<int> Frames, List<float[]> Poses)
{
    /// <summary>Tracks in the order of their first appearance, and how many frames show any body: the others are dropped.</summary>
    public static (List<BodyTrack> Tracks, int Frames) Collect(NtuSequence sequence)
    {
        var tracks = new Dictionary<ulong, BodyTrack>();
        var order = new List<BodyTrack>();
        var frame = 0;
        foreach (var bodies in sequence.Frames)
        {
            foreach (var body in bodies)
            {
                if (!tracks.TryGetValue(body.Id, out var track))
                    order.Add(tracks[body.Id] = track = new BodyTrack(body.Id, [], []));
                if (track.Frames is [.., var last] && last == frame)
                    throw new InputException($"{sequence.Name}: body {body.Id} occurs twice in one frame.");
                track.Frames.Add(frame);
                var pose = new float[body.Joints.Length];
                TensorPrimitives.ConvertChecked<double, float>(body.Joints, pose);
                track.Poses.Add(pose);
            }

            if (bodies.Count > 0)
                frame++;
        }

        return (order, frame);
    }
}
