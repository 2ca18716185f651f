using System.Text.Json;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Core;

namespace PretrainCluster.Training.Runs;

/// <summary>A log of one JSON value per line. A process that is killed may leave its last line torn; readers leave that one out.</summary>
public static class JsonLines
{
    /// <summary>All values, in the order of writing; empty where there is no file.</summary>
    public static IReadOnlyList<T> Read<T>(string path)
    {
        if (!File.Exists(path))
            return [];

        var values = new List<T>();
        (int Line, JsonException Reason)? broken = null;
        var line = 0;
        // A run that is writing must not keep others from reading.
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } text)
        {
            line++;
            if (broken is { } earlier)
                throw new InputException($"{path}, line {earlier.Line}: not what this version writes ({earlier.Reason.Message}); remove that line", earlier.Reason);
            try
            {
                values.Add(JsonSerializer.Deserialize<T>(text, JsonText.Line) ?? throw new JsonException("null"));
            }
            catch (JsonException reason)
            {
                broken = (line, reason);
            }
        }

        return values;
    }

    /// <summary>Rewrites the file with the values that <paramref name="keep"/> accepts; a torn last line goes too.</summary>
    public static void Keep<T>(string path, Func<T, bool> keep)
    {
        if (!File.Exists(path))
            return;

        using var kept = new MemoryStream();
        foreach (var value in Read<T>(path).Where(keep))
        {
            JsonSerializer.Serialize(kept, value, JsonText.Line);
            kept.WriteByte((byte)'\n');
        }

        AtomicFile.WriteAllBytes(path, kept.GetBuffer().AsSpan(0, (int)kept.Length));
    }
}
