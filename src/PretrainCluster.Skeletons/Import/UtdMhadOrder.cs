namespace PretrainCluster.Skeletons.Import;

/// <summary>
/// UTD-MHAD as an .npz holds no names, but its clips stand in the order of the dataset's file names, aA_sS_tT: 27 actions, 8 subjects, 4 trials,
/// without the three that were published damaged (a8_s1_t4, a23_s6_t4, a27_s8_t4). Where the labels agree with that order clip by clip, names and subjects follow.
/// </summary>
static class UtdMhadOrder
{
    const int Actions = 27, Subjects = 8, Trials = 4;

    static readonly (int Action, int Subject, int Trial)[] Damaged = [(8, 1, 4), (23, 6, 4), (27, 8, 4)];

    /// <summary>Name and subject of every clip on one side of the cross-subject split, or null where the labels are not in that order.</summary>
    /// <param name="labels">0-based.</param>
    /// <param name="odd">Whether these are the odd subjects, who train.</param>
    public static IReadOnlyList<(string Name, int Subject)>? Find(IReadOnlyList<int> labels, bool odd)
    {
        var clips = Enumerable.Range(1, Actions).OrderBy(action => $"a{action}_", StringComparer.Ordinal)
            .SelectMany(action => Enumerable.Range(1, Subjects).Where(subject => subject % 2 == 1 == odd)
                .SelectMany(subject => Enumerable.Range(1, Trials).Select(trial => (Action: action, Subject: subject, Trial: trial))))
            .Where(clip => !Damaged.Contains(clip))
            .ToList();
        return clips.Select(clip => clip.Action - 1).SequenceEqual(labels)
            ? [.. clips.Select(clip => ($"a{clip.Action}_s{clip.Subject}_t{clip.Trial}", clip.Subject))]
            : null;
    }
}
