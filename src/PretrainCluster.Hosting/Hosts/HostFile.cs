using System.Text.Json;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Hosting.Hosts;

/// <summary>runs/NAME/host.json: who works on a run, and where to ask. It goes with the host; one that was killed leaves it behind.</summary>
/// <param name="Socket">where workers and users reach it</param>
public sealed record HostFile(int ProcessId, string Socket, DateTimeOffset Started)
{
    const string Name = "host.json";
    const int MaxBytes = 4096;

    public static void Write(string folder, DateTimeOffset now) =>
        AtomicFile.WriteAllBytes(Path.Combine(folder, Name), JsonSerializer.SerializeToUtf8Bytes(new HostFile(Environment.ProcessId, AgentAddress.Of(folder).Socket, now), JsonText.Indented));

    public static void Delete(string folder) => File.Delete(Path.Combine(folder, Name));

    /// <summary>Null where there is none, or none that can be read.</summary>
    public static HostFile? Read(string folder)
    {
        try
        {
            var path = Path.Combine(folder, Name);
            return new FileInfo(path).Length <= MaxBytes ? JsonSerializer.Deserialize<HostFile>(File.ReadAllBytes(path), JsonText.Line) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>"process 4711, since 14:03:22 UTC,", for a message.</summary>
    public static string Describe(string folder) =>
        Read(folder) is { } host ? FormattableString.Invariant($"process {host.ProcessId}, started at {host.Started.ToUniversalTime():HH:mm:ss} UTC,") : "another process";
}
