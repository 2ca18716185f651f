using System.IO.Compression;

namespace PretrainCluster.Skeletons.Formats.Npz;

/// <summary>numpy's .npz: a zip of .npy arrays, stored or deflated, of any size. Arrays are streamed, never loaded whole.</summary>
public sealed class NpzFile : IDisposable
{
    readonly ZipArchive _archive;

    NpzFile(string path, ZipArchive archive)
    {
        Path = path;
        _archive = archive;
        Arrays = [.. archive.Entries.Where(entry => entry.FullName.EndsWith(".npy", StringComparison.Ordinal)).Select(entry => entry.FullName[..^4])];
    }

    public string Path { get; }

    public IReadOnlyList<string> Arrays { get; }

    public static NpzFile Open(string path) =>
        File.Exists(path) ? new NpzFile(path, ZipArchives.Open(path)) : throw new InputException($"{path}: no such file.");

    /// <summary>An array, from its start. Read one to its end before the next: they share the file.</summary>
    public NpyArray Read(string name)
    {
        var entry = _archive.GetEntry(name + ".npy")
            ?? throw new InputException($"{Path}: holds no array '{name}'; it has {(Arrays.Count == 0 ? "none" : string.Join(", ", Arrays.Take(20)))}.");
        var stream = ZipArchives.Open(entry, Path);
        try
        {
            return new NpyArray(stream, entry.Length, $"{Path}:{name}");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public void Dispose() => _archive.Dispose();
}
