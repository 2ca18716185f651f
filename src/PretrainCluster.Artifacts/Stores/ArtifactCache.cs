using System.Globalization;

namespace PretrainCluster.Artifacts.Stores;

/// <summary>
/// Copies on this machine of artifacts that never change, each under its SHA-256 and verified once, when it is fetched. Many processes may share
/// a folder: of those that want the same artifact one fetches it. What was used longest ago goes when the bound is reached.
/// </summary>
public sealed class ArtifactCache
{
    const string FolderVariable = "PRETRAIN_CACHE", SizeVariable = "PRETRAIN_CACHE_GIB";
    const double DefaultGiB = 50;
    const string Mark = "sha256-";
    const int MaxEvictions = 100;
    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50), s_partialAge = TimeSpan.FromDays(7), s_useIsNoted = TimeSpan.FromMinutes(1);

    readonly TimeProvider _time;

    /// <param name="bytes">that the copies may take together</param>
    public ArtifactCache(string folder, long bytes, TimeProvider? time = null)
    {
        (Folder, Bytes, _time) = (Path.GetFullPath(folder), bytes, time ?? TimeProvider.System);
    }

    public string Folder { get; }

    public long Bytes { get; }

    /// <summary>The cache of this user: the folder that PRETRAIN_CACHE names, else ~/.cache/pretrain, of PRETRAIN_CACHE_GIB (50).</summary>
    /// <exception cref="InputException">PRETRAIN_CACHE_GIB is no size.</exception>
    public static ArtifactCache OfUser(Func<string, string?>? variable = null, TimeProvider? time = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        var size = variable(SizeVariable);
        var gib = DefaultGiB;
        if (size is { Length: > 0 } && !(double.TryParse(size, NumberStyles.Float, CultureInfo.InvariantCulture, out gib) && gib is > 0 and < 1e6))
            throw new InputException($"{SizeVariable} is \"{size}\"; a number of GiB is expected, e.g. {DefaultGiB}.");
        var folder = variable(FolderVariable) is { Length: > 0 } named ? named
            : Path.Combine(variable("XDG_CACHE_HOME") is { Length: > 0 } caches ? caches : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "pretrain");
        return new(folder, (long)(gib * (1L << 30)), time);
    }

    /// <summary>Where an artifact's copy is, once it is fetched.</summary>
    public string PathOf(string sha256) => Path.Combine(Folder, Mark + sha256);

    /// <summary>Whether an artifact is there already.</summary>
    public bool Holds(long length, string sha256) => new FileInfo(PathOf(sha256)) is { Exists: true } file && file.Length == length;

    /// <summary>The file of an artifact, fetched and verified if it was not there. It may be deleted at any time; who has it open keeps its bytes.</summary>
    /// <exception cref="InputException">The artifact is missing or damaged, or larger than the whole cache.</exception>
    public async Task<string> FetchAsync(IArtifactStore store, string artifact, long length, string sha256, string what, CancellationToken cancellation = default)
    {
        var path = PathOf(sha256);
        if (length > Bytes)
            throw new InputException($"{what} has {length} bytes, the cache {Folder} may hold {Bytes}: raise {SizeVariable}.");
        while (!Holds(length, sha256))
        {
            MakeRoom(length);
            try
            {
                await VerifiedDownload.RunAsync(store, artifact, length, sha256, path, what, null, cancellation);
            }
            catch (FileInUseException)
            {
                await Task.Delay(s_look, _time, cancellation);
            }
        }
        NoteUse(path);
        return path;
    }

    /// <summary>Forgets a copy, e.g. one that was damaged after it was fetched.</summary>
    public void Remove(string sha256) => File.Delete(PathOf(sha256));

    void NoteUse(string path)
    {
        try
        {
            var now = _time.GetUtcNow().UtcDateTime;
            if (now - File.GetLastWriteTimeUtc(path) > s_useIsNoted)
                File.SetLastWriteTimeUtc(path, now);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Deleted meanwhile, or another user's: it is only about the order in which copies go.
        }
    }

    void MakeRoom(long length)
    {
        Directory.CreateDirectory(Folder);
        for (var evictions = 0; evictions < MaxEvictions; evictions++)
        {
            var files = new DirectoryInfo(Folder).EnumerateFiles(Mark + "*").ToList();
            foreach (var partial in files.Where(file => VerifiedDownload.IsPartial(file.FullName) && _time.GetUtcNow() - file.LastWriteTimeUtc > s_partialAge))
                partial.Delete();
            var copies = files.Where(file => !VerifiedDownload.IsPartial(file.FullName)).OrderBy(file => file.LastWriteTimeUtc).ToList();
            var excess = copies.Sum(LengthOf) + length - Bytes;
            if (excess <= 0)
                return;
            foreach (var copy in copies)
            {
                excess -= LengthOf(copy);
                copy.Delete();
                if (excess <= 0)
                    return;
            }
        }
    }

    static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
