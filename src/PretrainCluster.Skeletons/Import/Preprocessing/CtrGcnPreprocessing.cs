using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Import.Preprocessing;

/// <summary>
/// Family A, as prepared by CTR-GCN (Chen et al. 2021) after SGN (Zhang et al. 2020), and by MAMP, STARS, MacDiff and SLiM with them.
/// Frames without a body are dropped. Of several bodies those tracked for at most 11 frames go, and those that are wider than
/// tall in too many frames; the rest are ranked by how much they move and merged into two actors. One translation per clip puts the middle
/// of the first actor's spine, at its first frame, at the origin. No rotation, no scaling.
/// </summary>
/// <remarks>
/// Where the public code does something surprising, so does this: a track with gaps is closed up from its first frame on.
/// Where it crashes (every one of several bodies is short), all bodies are kept instead.
/// </remarks>
/// <param name="repeatSinglePerson">As the public preparation of NTU-120 does, and that of NTU-60 does not: a clip of one person has that person twice.</param>
public sealed class CtrGcnPreprocessing(bool repeatSinglePerson) : INtuPreprocessing
{
    const int ShortTrack = 11;
    const double WidthToHeight = 0.8;
    const double WideFrames = 0.69754;
    const int Origin = 3;

    public string Name => repeatSinglePerson ? "ctr-gcn-120" : "ctr-gcn";

    public PersonFrames? Apply(NtuSequence sequence)
    {
        var (tracks, frames) = BodyTrack.Collect(sequence);
        if (frames == 0)
            return null;

        var actors = tracks.Count == 1 ? Single(tracks[0], frames) : WithoutEmptyFrames(SelectActors(tracks, frames));
        if (!Translate(actors))
            return null;
        return actors.Persons == 1 && repeatSinglePerson ? Repeated(actors) : actors;
    }

    static PersonFrames SelectActors(List<BodyTrack> tracks, int frames)
    {
        var bodies = tracks.Where(track => track.Poses.Count > ShortTrack).Select(track => new Body(track, Variance(track.Poses))).ToList();
        if (bodies.Count == 0)
            bodies = [.. tracks.Select(track => new Body(track, Variance(track.Poses)))];
        if (bodies.Count > 1)
            RemoveWideBodies(bodies);
        return bodies.Count == 1
            ? Single(bodies[0].Track, frames)
            : Merge(bodies.OrderByDescending(body => body.Motion).Select(body => body.Track).ToList(), frames);
    }

    static void RemoveWideBodies(List<Body> bodies)
    {
        for (var i = 0; i < bodies.Count && bodies.Count > 1; i++)
        {
            var (track, motion) = bodies[i];
            var upright = track.Poses.Where(IsUpright).ToList();
            if (upright.Count == track.Poses.Count)
                continue;
            if ((track.Poses.Count - upright.Count) / (double)track.Poses.Count >= WideFrames)
                bodies.RemoveAt(i--);
            else
                bodies[i] = new Body(track, Math.Min(motion, Variance(upright)));
        }
    }

    static PersonFrames Merge(List<BodyTrack> ranked, int frames)
    {
        var result = new PersonFrames(2, frames);
        var (start1, end1) = Place(ranked[0], result, 0);
        var (start2, end2) = (0, 0);
        foreach (var track in ranked.Skip(1))
        {
            var (start, end) = Interval(track);
            if (Math.Min(end1, end) - Math.Max(start1, start) <= 0)
            {
                Place(track, result, 0);
                (start1, end1) = (Math.Min(start, start1), Math.Max(end, end1));
            }
            else if (Math.Min(end2, end) - Math.Max(start2, start) <= 0)
            {
                Place(track, result, 1);
                (start2, end2) = (Math.Min(start, start2), Math.Max(end, end2));
            }
        }

        return result;
    }

    static PersonFrames Single(BodyTrack track, int frames)
    {
        var result = new PersonFrames(1, frames);
        Place(track, result, 0);
        return result;
    }

    static (int Start, int End) Place(BodyTrack track, PersonFrames result, int person)
    {
        var (start, end) = Interval(track);
        for (var frame = start; frame <= end; frame++)
            track.Poses[frame - start].CopyTo(result.At(frame, person));
        return (start, end);
    }

    static (int Start, int End) Interval(BodyTrack track) => (track.Frames[0], track.Frames[0] + track.Poses.Count - 1);

    static PersonFrames WithoutEmptyFrames(PersonFrames actors)
    {
        var stride = actors.Persons * PersonFrames.Stride;
        var kept = Enumerable.Range(0, actors.Frames).Where(frame => actors.Positions.AsSpan(frame * stride, stride).ContainsAnyExcept(0f)).ToList();
        if (kept.Count == actors.Frames)
            return actors;

        var result = new PersonFrames(actors.Persons, kept.Count);
        for (var i = 0; i < kept.Count; i++)
            actors.Positions.AsSpan(kept[i] * stride, stride).CopyTo(result.Positions.AsSpan(i * stride));
        return result;
    }

    static bool Translate(PersonFrames actors)
    {
        var first = 0;
        while (first < actors.Frames && !actors.At(first, 0).ContainsAnyExcept(0f))
            first++;
        if (first == actors.Frames)
            return false;

        var origin = actors.At(first, 0).Slice(Origin, 3).ToArray();
        for (var frame = 0; frame < actors.Frames; frame++)
            for (var person = 0; person < actors.Persons; person++)
            {
                var pose = actors.At(frame, person);
                if (actors.Persons > 1 && !pose.ContainsAnyExcept(0f))
                    continue;
                for (var i = 0; i < pose.Length; i++)
                    pose[i] -= origin[i % 3];
            }

        return true;
    }

    static PersonFrames Repeated(PersonFrames single)
    {
        var result = new PersonFrames(2, single.Frames);
        for (var frame = 0; frame < single.Frames; frame++)
            for (var person = 0; person < 2; person++)
                single.At(frame, 0).CopyTo(result.At(frame, person));
        return result;
    }

    static bool IsUpright(float[] pose) => Spread(pose, 0) <= WidthToHeight * Spread(pose, 1);

    static double Spread(float[] pose, int axis)
    {
        var (least, most) = (float.PositiveInfinity, float.NegativeInfinity);
        for (var i = axis; i < pose.Length; i += 3)
            (least, most) = (Math.Min(least, pose[i]), Math.Max(most, pose[i]));
        return most - least;
    }

    /// <summary>Variance of x, y and z over all joints and frames, added up.</summary>
    static double Variance(IReadOnlyList<float[]> poses)
    {
        var (sum, squares) = (new double[3], new double[3]);
        var count = poses.Count * NtuSequence.Joints;
        foreach (var pose in poses)
            for (var i = 0; i < pose.Length; i++)
                sum[i % 3] += pose[i];
        foreach (var pose in poses)
            for (var i = 0; i < pose.Length; i++)
                squares[i % 3] += Math.Pow(pose[i] - (sum[i % 3] / count), 2);
        return squares.Sum() / count;
    }

    sealed record Body(BodyTrack Track, double Motion);
}
