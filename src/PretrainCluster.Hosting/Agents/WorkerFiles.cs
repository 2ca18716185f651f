using System.Text;
using System.Text.Json;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Hosting.Agents;

/// <summary>
/// What an agent keeps of its workers on disk, under workers/ in the run's folder: the plan and the process of each while it lives, so that the agent
/// that follows finds them; and what it wrote to its outputs, as long as there is anything.
/// </summary>
sealed class WorkerFiles(string runFolder)
{
    const int MaxRecordBytes = 4096;
    const int MaxLogBytes = 1 << 20;
    const int TailBytes = 4096;

    readonly string _folder = Path.Combine(runFolder, "workers");

    public string Log(string worker) => In(worker, ".log");

    public string WritePlan(string worker, string yaml)
    {
        var path = In(worker, ".yaml");
        AtomicFile.WriteAllText(path, yaml);
        return path;
    }

    public void WriteProcess(string worker, ProcessRecord record) =>
        AtomicFile.WriteAllBytes(In(worker, ".json"), JsonSerializer.SerializeToUtf8Bytes(record, JsonText.Line));

    /// <summary>Workers that were started and whose end no agent has seen.</summary>
    public IEnumerable<(string Worker, ProcessRecord Record)> Processes()
    {
        if (!Directory.Exists(_folder))
            yield break;
        foreach (var path in Directory.EnumerateFiles(_folder, "*.json").Order(StringComparer.Ordinal).ToList())
        {
            if (Read(path) is { } record)
                yield return (Path.GetFileNameWithoutExtension(path), record);
            else
                File.Delete(path);
        }
    }

    /// <summary>Removes what is of no use once the process has ended.</summary>
    public void Forget(string worker)
    {
        if (!Directory.Exists(_folder))
            return;
        File.Delete(In(worker, ".json"));
        File.Delete(In(worker, ".yaml"));
        var log = new FileInfo(Log(worker));
        if (log is { Exists: true, Length: 0 })
            log.Delete();
        try
        {
            if (!Directory.EnumerateFileSystemEntries(_folder).Any())
                Directory.Delete(_folder);
        }
        catch (IOException)
        {
            // A worker that starts has put something there meanwhile.
        }
    }

    /// <summary>The last line that says something; empty where there is none.</summary>
    public string LastLine(string worker)
    {
        try
        {
            using var file = new FileStream(Log(worker), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(TailBytes, file.Length), SeekOrigin.End);
            var tail = new byte[TailBytes];
            var read = file.ReadAtLeast(tail, TailBytes, throwOnEndOfStream: false);
            return Encoding.UTF8.GetString(tail, 0, read).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A worker that floods its output must not fill the disk; its file is opened for appending, so it goes on at the new end.</summary>
    public void Bound(string worker)
    {
        var log = new FileInfo(Log(worker));
        if (log is not { Exists: true, Length: > MaxLogBytes })
            return;
        using var file = log.Open(FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(0);
    }

    // Looking makes no folder: the last worker's end may have removed it a moment ago.
    string In(string worker, string extension) => Path.Combine(_folder, worker + extension);

    static ProcessRecord? Read(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxRecordBytes ? JsonSerializer.Deserialize<ProcessRecord>(File.ReadAllBytes(path), JsonText.Line) : null;
        }
        catch (Exception broken) when (broken is JsonException or IOException)
        {
            return null;
        }
    }
}

/// <summary>A worker's process, for the agent that comes after the one that started it.</summary>
/// <param name="Started">in ticks since the machine's start</param>
/// <param name="MemoryMib">that it may keep; 0 for no limit</param>
sealed record ProcessRecord(string Run, string Slot, int ProcessId, long Started, int MemoryMib);
