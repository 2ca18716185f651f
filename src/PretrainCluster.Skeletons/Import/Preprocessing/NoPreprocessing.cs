using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Import.Preprocessing;

/// <summary>
/// Camera coordinates as they are: frames without a body are dropped, and the two bodies seen in most frames are kept, each where it was seen.
/// </summary>
public sealed class NoPreprocessing : INtuPreprocessing
{
    public string Name => "none";

    public PersonFrames? Apply(NtuSequence sequence)
    {
        var (tracks, frames) = BodyTrack.Collect(sequence);
        if (frames == 0)
            return null;

        var kept = tracks.OrderByDescending(track => track.Frames.Count).Take(2).ToList();
        var result = new PersonFrames(kept.Count, frames);
        for (var person = 0; person < kept.Count; person++)
            for (var i = 0; i < kept[person].Frames.Count; i++)
                kept[person].Poses[i].CopyTo(result.At(kept[person].Frames[i], person));
        return result;
    }
}
