using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats;
using PretrainCluster.Skeletons.Formats.Ntu;
using PretrainCluster.Skeletons.Formats.NwUcla;
using PretrainCluster.Skeletons.Formats.PkuMmd;
using PretrainCluster.Skeletons.Formats.UtdMhad;
using PretrainCluster.Skeletons.Import.Preprocessing;
using PretrainCluster.Skeletons.Layouts;

namespace PretrainCluster.Skeletons.Import;

/// <summary>What the command line says about a source; null where it says nothing.</summary>
public sealed record SourceRequest
{
    /// <summary>One file or folder; several for NTU-120, which comes as two zips, and for PKU-MMD, whose labels may stand apart.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>One of <see cref="SkeletonSources.Formats"/>.</summary>
    public string? Format { get; init; }

    public JointLayout? Layout { get; init; }

    /// <summary>A preprocessing family by name; null for what the format's users have.</summary>
    public string? Preprocessing { get; init; }

    /// <summary>Name of the one split in data that does not name it.</summary>
    public string? Split { get; init; }

    /// <summary>Samples to leave out (NTU).</summary>
    public IReadOnlySet<string>? Missing { get; init; }
}

/// <summary>Finds out what a source is, and opens it.</summary>
public static class SkeletonSources
{
    public static IReadOnlyList<string> Formats { get; } = ["ntu", "npz", "nw-ucla", "utd-mhad", "pyskl", "st-gcn", "pku-mmd"];

    public static ISkeletonSource Open(SourceRequest request)
    {
        var format = request.Format ?? Detect(request.Paths[0]);
        var family = request.Preprocessing?.ToLowerInvariant();
        if (format != "ntu" && family is not (null or CentredSource.Family or "none" or PysklSource.Family))
            throw new InputException($"--preprocess {family} is for .skeleton files; {format} knows {CentredSource.Family} and none.");
        if (format != "ntu" && request.Missing is not null)
            throw new InputException($"--missing-list is for .skeleton files; {format} has none.");
        if (OnlyLayout(format) is { } only && request.Layout is { } layout && !layout.Equals(only))
            throw new InputException($"--layout {layout.Name}: files of {format} are always {only.Name}.");
        if (format is "npz" or "pyskl" or "st-gcn" && request.Paths.Count > 1)
            throw new InputException($"{format}: such data is imported alone; it has its own split, and two cannot be joined.");

        return format switch
        {
            "ntu" => new NtuSource(request.Paths, family is null ? null : NtuPreprocessings.Find(family), request.Missing ?? new HashSet<string>()),
            "npz" => Centred(new NpzSource(request.Paths[0], request.Layout, request.Split)),
            "nw-ucla" => Centred(new NwUclaSource(request.Paths, request.Layout)),
            "utd-mhad" => Centred(new UtdMhadSource(request.Paths)),
            "pyskl" => Centred(new PysklSource(request.Paths[0], request.Layout, request.Split, pixels: family == "none")),
            "st-gcn" => Centred(new StGcnSource(request.Paths[0], request.Layout, request.Split)),
            "pku-mmd" => Centred(new PkuMmdSource(request.Paths)),
            _ => throw new InputException($"--format {format}: no such format; there are {string.Join(", ", Formats)}."),
        };

        ISkeletonSource Centred(ISkeletonSource source)
        {
            if (family is not (null or "none") && source.Facts.Planar != (family == PysklSource.Family))
            {
                source.Dispose();
                throw new InputException($"--preprocess {family}: is for {(source.Facts.Planar ? "coordinates in space, these are in an image" : "coordinates in an image, these are in space")}.");
            }

            return source.Facts.Planar || family == "none" ? source : new CentredSource(source);
        }
    }

    /// <summary>The format, by what the file or folder holds.</summary>
    public static string Detect(string path)
    {
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
            return File.Exists(path) ? "npz" : throw new InputException($"{path}: no such file.");
        if (path.EndsWith(StGcnSource.LabelsEnd, StringComparison.OrdinalIgnoreCase) || path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{path}: name the folder that holds the labels and the coordinates, not one of the files.");
        if (path.EndsWith(".pkl", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".pickle", StringComparison.OrdinalIgnoreCase))
            return File.Exists(path) ? "pyskl" : throw new InputException($"{path}: no such file.");
        if (Holds(path, ".skeleton", name => NtuName.TryParse(name, out _)))
            return "ntu";
        if (Holds(path, ".json", name => NwUclaName.TryParse(name, out _)))
            return "nw-ucla";
        if (Holds(path, UtdMhadSource.Extension, name => UtdMhadName.TryParse(name, out _)))
            return "utd-mhad";
        if (Directory.Exists(path) && Directory.EnumerateFiles(path, "*" + StGcnSource.LabelsEnd).Any())
            return "st-gcn";
        if (Holds(path, ".txt", name => PkuMmdName.TryParse(name, out _)))
            return "pku-mmd";
        throw new InputException(
            $"{path}: holds neither .skeleton files of NTU RGB+D, nor JSON files of NW-UCLA, nor _skeleton.mat files of UTD-MHAD, nor _label.pkl files of ST-GCN, nor .txt files of PKU-MMD, and is no .npz or .pkl; say --format if it should be one of {string.Join(", ", Formats)}.");
    }

    static JointLayout? OnlyLayout(string format) => format switch
    {
        "ntu" or "pku-mmd" => JointLayouts.KinectV2,
        "utd-mhad" => JointLayouts.UtdMhad,
        _ => null,
    };

    static bool Holds(string path, string extension, Func<string, bool> named)
    {
        using var files = InputFiles.Open(path, extension);
        return files.Files.Any(file => named(file.Name));
    }
}
