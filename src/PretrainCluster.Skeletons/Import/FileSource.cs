using PretrainCluster.Skeletons.Formats;

namespace PretrainCluster.Skeletons.Import;

/// <summary>A source of one file a sample, in folders or zips.</summary>
public abstract class FileSource : ISkeletonSource
{
    /// <summary>The longest NTU file has under 20 MB; a bound for what a zip may claim.</summary>
    const long MaxFile = 256L << 20;

    readonly IReadOnlyList<InputFiles> _inputs;
    readonly List<SourceFile> _read = [];

    protected FileSource(IReadOnlyList<string> paths, string extension)
    {
        var inputs = new List<InputFiles>();
        try
        {
            foreach (var path in paths)
                inputs.Add(InputFiles.Open(path, extension));
        }
        catch
        {
            inputs.ForEach(input => input.Dispose());
            throw;
        }

        _inputs = inputs;
        Where = string.Join(", ", paths);
    }

    public abstract SourceFacts Facts { get; }

    public abstract IReadOnlyList<SplitRule> Splits { get; }

    /// <summary>The paths, for messages.</summary>
    protected string Where { get; }

    protected IEnumerable<InputFile> All => _inputs.SelectMany(input => input.Files);

    public IEnumerable<Sample> Read()
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in _inputs)
        {
            var digest = Directory.Exists(input.Path) ? new FolderDigest(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input.Path)))) : null;
            foreach (var file in input.Files)
            {
                var name = Path.GetFileNameWithoutExtension(file.Name);
                if (seen.TryAdd(name, file.Path))
                    yield return Read(file, name, digest);
                else
                    yield return new LeftOutSample(name, DefectKind.Skipped, $"{file.Path}: the same name as {seen[name]}, which was taken.");
            }

            _read.Add(digest?.Result() ?? FolderDigest.OfFile(input.Path));
        }
    }

    public IReadOnlyList<SourceFile> Files() => _read;

    public void Dispose()
    {
        foreach (var input in _inputs)
            input.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A reason to leave a file out that its name alone gives, or null.</summary>
    protected abstract LeftOutSample? Refuse(string name, string path);

    /// <summary>One file's clip.</summary>
    /// <param name="name">the file's, without its extension</param>
    /// <param name="path">for messages</param>
    /// <exception cref="InputException">The file is broken; it is left out, and the dataset says why.</exception>
    protected abstract Sample Parse(Stream stream, string name, string path);

    Sample Read(InputFile file, string name, FolderDigest? digest)
    {
        if (file.Bytes > MaxFile)
            return new LeftOutSample(name, DefectKind.Broken, $"{file.Path}: {file.Bytes} bytes cannot be one sequence.");
        using var stream = file.Open();
        if (digest is null)
            return Refuse(name, file.Path) ?? TryParse(stream, name, file.Path);

        using var hashing = new HashingStream(stream, keepOpen: true);
        var sample = Refuse(name, file.Path) ?? TryParse(hashing, name, file.Path);
        digest.Add(file.Name, file.Bytes, hashing.Finish());
        return sample;
    }

    Sample TryParse(Stream stream, string name, string path)
    {
        try
        {
            return Parse(stream, name, path);
        }
        catch (InputException problem)
        {
            return new LeftOutSample(name, DefectKind.Broken, problem.Message);
        }
    }
}
