using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Import;

/// <summary>What the sample names in a file of many clips say, where they are those of NTU RGB+D: class names, subjects, views and setups.</summary>
static class NtuNames
{
    /// <summary>The 60 or 120 classes if every name is one of NTU RGB+D; otherwise null.</summary>
    public static IReadOnlyList<string>? Classes(IEnumerable<string> names)
    {
        var extended = false;
        foreach (var text in names)
        {
            if (!NtuName.TryParse(text, out var name))
                return null;
            extended |= name.Setup > NtuSplits.LastSetupOf60 || name.Action > NtuClasses.CountOf60;
        }

        return extended ? NtuClasses.All : [.. NtuClasses.All.Take(NtuClasses.CountOf60)];
    }

    /// <summary>Subject, view and setup, -1 each where the name does not say.</summary>
    public static (int Subject, int View, int Setup) Numbers(string text) =>
        NtuName.TryParse(text, out var name) ? (name.Performer, name.Camera, name.Setup) : (-1, -1, -1);
}
