using PretrainCluster.Skeletons.Formats;

namespace PretrainCluster.Skeletons.Import;

/// <summary>What the command line says about a source; null where it says nothing.</summary>
public sealed record SourceRequest
{
    /// <summary>One file or folder; several for NTU-120, which comes as two zips, and for PKU-MMD, whose labels may stand apart.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Null where it is to be found out.</summary>
    public SourceFormat? Format { get; init; }

    public JointLayout? Layout { get; init; }

    /// <summary>A preprocessing family by name; null for what the format's users have.</summary>
    public string? Preprocessing { get; init; }

    /// <summary>Name of the one split in data that does not name it.</summary>
    public string? Split { get; init; }

    /// <summary>Samples to leave out (NTU).</summary>
    public IReadOnlySet<string>? Missing { get; init; }
}

/// <summary>
/// A format of skeleton files. A kind derives a record from it, with a <see cref="KindAttribute"/> whose description names
/// the files, beside the source that reads them; that is all it takes to add one. Its keys, if it has any, are written as
/// <c>--format "{kind: NAME, KEY: VALUE}"</c>.
/// </summary>
[Kinds("source", "what files a dataset is made from", ByName = true)]
public abstract record SourceFormat : KindSection
{
    /// <summary>The layout of every file; null where files differ, or do not say.</summary>
    public virtual JointLayout? Layout => null;

    /// <summary>Whether there are preprocessing families and a list of missing samples, as for NTU RGB+D.</summary>
    public virtual bool HasFamilies => false;

    /// <summary>Whether a source is one file or folder with a split of its own, so that two cannot be joined.</summary>
    public virtual bool IsAlone => false;

    /// <summary>Whether a file or folder is of this format, by its name and what it holds.</summary>
    public abstract bool Recognizes(string path);

    public abstract ISkeletonSource Open(SourceRequest request);

    /// <summary>Whether a folder or zip holds a file with that extension and such a name.</summary>
    protected static bool Holds(string path, string extension, Func<string, bool> named)
    {
        using var files = InputFiles.Open(path, extension);
        return files.Files.Any(file => named(file.Name));
    }
}

/// <summary>Finds out what a source is, and opens it.</summary>
public static class SkeletonSources
{
    /// <summary>The names of the formats, for help and messages.</summary>
    public static string Names(PlanKinds kinds) => string.Join(", ", kinds.Of(typeof(SourceFormat)).Select(kind => kind.Name));

    /// <param name="kinds">the formats that there are</param>
    public static ISkeletonSource Open(SourceRequest request, PlanKinds kinds)
    {
        var format = request.Format ?? Detect(request.Paths[0], kinds);
        var family = request.Preprocessing?.ToLowerInvariant();
        if (!format.HasFamilies && family is not (null or CentredSource.Family or "none" or PysklSource.Family))
            throw new InputException($"--preprocess {family} is for .skeleton files; {format.Kind} knows {CentredSource.Family} and none.");
        if (!format.HasFamilies && request.Missing is not null)
            throw new InputException($"--missing-list is for .skeleton files; {format.Kind} has none.");
        if (format.Layout is { } only && request.Layout is { } layout && !layout.Equals(only))
            throw new InputException($"--layout {layout.Name}: files of {format.Kind} are always {only.Name}.");
        if (format.IsAlone && request.Paths.Count > 1)
            throw new InputException($"{format.Kind}: such data is imported alone; it has its own split, and two cannot be joined.");

        var source = format.Open(request with { Preprocessing = family });
        if (format.HasFamilies)
            return source;
        if (family is not (null or "none") && source.Facts.Planar != (family == PysklSource.Family))
        {
            source.Dispose();
            throw new InputException($"--preprocess {family}: is for {(source.Facts.Planar ? "coordinates in space, these are in an image" : "coordinates in an image, these are in space")}.");
        }
        return source.Facts.Planar || family == "none" ? source : new CentredSource(source);
    }

    /// <summary>The format, by what the file or folder holds.</summary>
    public static SourceFormat Detect(string path, PlanKinds kinds) =>
        // What is one file is known by its name; the others look into a folder or a zip.
        kinds.Of(typeof(SourceFormat)).Select(kind => (SourceFormat)Activator.CreateInstance(kind.Settings)!)
            .OrderByDescending(format => format.IsAlone).FirstOrDefault(format => format.Recognizes(path))
        ?? throw new InputException($"{path}: is in no format that is known here. Known are {string.Join("; ", kinds.Of(typeof(SourceFormat)).Select(kind => kind.Description))}. Say --format if it should be one of {Names(kinds)}.");
}
