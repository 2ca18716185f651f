using System.Text;
using System.Text.Json;
using PretrainCluster.Artifacts.Files;

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

/// <summary>Appends values to a log, each with one write, so that only a line in flight can be torn. A torn line from before is cut off first.</summary>
public sealed class JsonLinesWriter<T> : IDisposable
{
    readonly FileStream stream;

    public JsonLinesWriter(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        CutTornLine();
    }

    public void Append(T value)
    {
        stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(value, JsonText.Line), (byte)'\n']);
    }

    /// <summary>Waits until what was appended is on the disk, as before a checkpoint that counts on it.</summary>
    public void Flush() => stream.Flush(flushToDisk: true);

    public void Dispose() => stream.Dispose();

    void CutTornLine()
    {
        var end = stream.Length;
        while (end > 0)
        {
            stream.Position = end - 1;
            if (stream.ReadByte() == '\n')
                break;
            end--;
        }

        stream.SetLength(end);
        stream.Position = end;
    }
}

/// <summary>One JSON value per file, in the project's form.</summary>
public static class JsonFile
{
    const long MaxBytes = 256L << 20;

    public static void Write<T>(string path, T value) =>
        AtomicFile.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(value, JsonText.Indented), (byte)'\n']);

    public static T Read<T>(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new InputException($"{path}: larger than {MaxBytes >> 20} MiB, which no such file is");
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), JsonText.Indented)
                ?? throw new InputException($"{path}: holds null; remove it");
        }
        catch (FileNotFoundException inner)
        {
            throw new InputException($"{path}: not there", inner);
        }
        catch (JsonException inner)
        {
            throw new InputException($"{path}, line {inner.LineNumber + 1}: not what this version writes ({inner.Message}); remove or restore it", inner);
        }
    }
}
