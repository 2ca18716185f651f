using System.Security.Cryptography;
using System.Text.Json;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>Reads dataset.json and believes none of it.</summary>
static class DescriptionFile
{
    public const int MaxBytes = 256 << 20;

    /// <exception cref="InputException">There is no dataset in the folder, or its description does not hold together.</exception>
    public static DatasetDescription Read(string folder)
    {
        var path = Path.Combine(folder, DatasetDescription.FileName);
        if (!File.Exists(path))
            throw new InputException($"{folder} is not a dataset: it has no {DatasetDescription.FileName}. Make one with `pretrain data import` or `pretrain data synthesize`.");
        if (new FileInfo(path).Length > MaxBytes)
            throw new InputException($"{path} has more than {MaxBytes} bytes; that is no dataset's description.");
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new InputException($"{path} cannot be opened: no permission to read it.", denied);
        }
    }

    /// <param name="name">where the bytes come from, for messages</param>
    /// <exception cref="InputException">They are no description that holds together.</exception>
    public static DatasetDescription Parse(ReadOnlySpan<byte> json, string name)
    {
        DatasetDescription description;
        try
        {
            description = JsonSerializer.Deserialize<DatasetDescription>(json, JsonText.Line) ?? throw new JsonException("it is null");
        }
        catch (JsonException damaged)
        {
            throw new InputException($"{name} is not a dataset's description: {damaged.Message}", damaged);
        }
        return Fault(description) is { } fault ? throw new InputException($"{name}: {fault}. Import the dataset again.") : description;
    }

    /// <summary>SHA-256 of the description without insignificant white space, in lower-case hex; it covers every shard through its digest.</summary>
    public static string Digest(DatasetDescription description) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(description, JsonText.Line)));

    static string? Fault(DatasetDescription description)
    {
        if (description.Format != DatasetDescription.CurrentFormat)
            return $"format is '{description.Format}', expected '{DatasetDescription.CurrentFormat}'";
        if (description.Version != DatasetDescription.CurrentVersion)
            return $"version is {description.Version}, this program reads version {DatasetDescription.CurrentVersion}";
        if (NullLists(description) is { } list)
            return $"{list} is null";
        if (description.Persons is < 1 or > DatasetWriter.MaxPersons)
            return $"persons is {description.Persons}, expected 1 to {DatasetWriter.MaxPersons}";
        if (description.Layout.Joints.Count is < 1 or > JointLayout.MaxJoints)
            return "the layout has no joints";
        if (description.ShortestClip < 1 || description.LongestClip > DatasetWriter.MaxFrames || description.ShortestClip > description.LongestClip)
            return $"clips of {description.ShortestClip} to {description.LongestClip} frames are impossible";
        if (description.Shards.FirstOrDefault(shard => shard.Clips < 1 || shard.Frames < shard.Clips) is { } empty)
            return $"{empty.File} claims {empty.Clips} clips of {empty.Frames} frames";
        if (description.Shards.Append(description.SplitFile).FirstOrDefault(file => !IsPlain(file)) is { } odd)
            return $"'{odd.File}' is not a plain file name with a length and a SHA-256";
        if (description.Shards.Select(shard => shard.File).Distinct(StringComparer.Ordinal).Count() != description.Shards.Count)
            return "a shard is listed twice";
        var clips = Total(description.Shards.Select(shard => (long)shard.Clips));
        if (description.Clips < 1 || clips != description.Clips)
            return $"clips is {description.Clips}, its shards have {clips}";
        var frames = Total(description.Shards.Select(shard => shard.Frames));
        if (frames != description.Frames)
            return $"frames is {description.Frames}, its shards have {frames}";
        return null;
    }

    static Int128 Total(IEnumerable<long> numbers) => numbers.Aggregate((Int128)0, (total, number) => total + number);

    static string? NullLists(DatasetDescription description) =>
        description.Layout is null ? "layout"
        : description.Classes is null || description.Classes.Contains(null!) ? "a class"
        : description.Subjects is null || description.Views is null || description.Setups is null ? "subjects, views or setups"
        : description.Splits is null || description.Splits.Contains(null!) ? "a split"
        : description.Sources is null || description.Defects is null ? "sources or defects"
        : description.Shards is null || description.Shards.Contains(null!) ? "a shard"
        : description.SplitFile is null ? "split_file"
        : null;

    // A name with a folder in it could lead out of the dataset.
    static bool IsPlain(FileDescription file) =>
        file is { File.Length: > 0 and < 256, Bytes: > 0, Sha256.Length: 64 } && file.Sha256.All(char.IsAsciiHexDigitLower)
        && Path.GetFileName(file.File) == file.File && file.File is not ("." or "..") && !file.File.Contains('\\');
}
