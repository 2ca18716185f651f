using System.Globalization;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Actors.Coordination;

/// <summary>
/// A sign of life of the coordinator in the folder that all nodes share: a file that changes every few seconds. It tells a seed node that cannot reach the
/// others whether it may begin a cluster, or is merely cut off from one that goes on.
/// </summary>
sealed class CoordinatorPulse(string folder)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);

    /// <summary>Without a change for so long nobody coordinates.</summary>
    public static readonly TimeSpan Patience = 3 * Interval;

    readonly string _file = Path.Combine(folder, "pulse");
    readonly string _own = Guid.NewGuid().ToString("N");
    long _beats;

    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Beat() => AtomicFile.WriteAllText(_file, string.Create(CultureInfo.InvariantCulture, $"{_own} {++_beats}\n"));

    /// <summary>What stands there; null where there never was a coordinator.</summary>
    public string? Read() => File.Exists(_file) ? File.ReadAllText(_file) : null;
}
