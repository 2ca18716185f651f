using System.Text.Json;

namespace PretrainCluster.Training.Runs;

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
