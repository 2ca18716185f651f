using System.Text;
using System.Text.Json;

namespace PretrainCluster.Training.Runs;

/// <summary>A log of one JSON value per line. A process that is killed may leave its last line without an end; readers leave that one out.</summary>
public static class JsonLines
{
    /// <summary>All values, in the order of writing; empty where there is no file.</summary>
    /// <exception cref="InputException">A line is no such value; says which.</exception>
    public static IReadOnlyList<T> Read<T>(string path)
    {
        if (!File.Exists(path))
            return [];

        var values = new List<T>();
        // A run that is writing must not keep others from reading, nor be taken for broken: what it appends from here on is left to the next reading.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var (end, position, line) = (stream.Length, 0L, 0);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } text)
        {
            line++;
            position += Encoding.UTF8.GetByteCount(text) + 1;
            if (position > end)
                break;
            try
            {
                values.Add(JsonSerializer.Deserialize<T>(text, JsonText.Line) ?? throw new JsonException("null"));
            }
            catch (JsonException reason)
            {
                throw new InputException($"{path}, line {line}: not what this version writes ({reason.Message}); remove that line", reason);
            }
        }

        return values;
    }
}
