using System.Security.Cryptography;
using System.Text;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Cli.Registry;

/// <summary>
/// The folder that a model is pulled to. It appears whole: everything is gathered in DIR.pulling, verified, and renamed. What a pull that was
/// cut off gathered is used by the next.
/// </summary>
sealed class ModelFolder
{
    const string PullingMark = ".pulling", ReplacedMark = ".replaced";

    readonly string _folder, _pulling;

    public ModelFolder(string folder)
    {
        _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        _pulling = _folder + PullingMark;
    }

    /// <summary>Whether the checkpoint is there already, every file verified.</summary>
    /// <exception cref="InputException">Something else is there, and <paramref name="replace"/> was not said.</exception>
    public async Task<bool> HoldsAsync(string checkpoint, bool replace, CancellationToken cancellation)
    {
        if (File.Exists(_folder))
            throw new InputException($"{_folder} is a file; name a folder.");
        if (!Directory.Exists(_folder) || !Directory.EnumerateFileSystemEntries(_folder).Any())
            return false;
        if (ModelCard.Read(_folder) is not { } card)
            throw new InputException($"{_folder} holds something else than a pulled model; name another folder.");
        if (card.Checkpoint != checkpoint && !replace)
            throw new InputException($"{_folder} holds {card.Name} ({card.Checkpoint[..12]}); name another folder, or say --replace.");
        if (card.Checkpoint != checkpoint)
            return false;
        foreach (var (name, facts) in card.Files)
        {
            var path = Path.Combine(_folder, name);
            if (!File.Exists(path) || new FileInfo(path).Length != facts.Bytes || await VerifiedDownload.HashAsync(path, cancellation) != facts.Sha256)
                return false;
        }
        return true;
    }

    /// <summary>Gathers the files, and makes the folder appear, in place of an older pull.</summary>
    public async Task<ModelCard> PullAsync(CheckpointName name, CheckpointManifest manifest, string plan, IReadOnlyList<CheckpointBlob> parts, IProgress<long>? progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_pulling);
        var files = new Dictionary<string, ModelFile>();
        long before = 0;
        foreach (var part in parts)
        {
            var file = $"{part.Name}.safetensors";
            var path = Path.Combine(_pulling, file);
            try
            {
                await VerifiedDownload.RunAsync(name.Store.Store, part.Artifact(), part.Length, part.Sha256, path, $"Part {part.Name} of {manifest.Artifact()}", progress is null ? null : new Offset(progress, before), cancellation);
            }
            catch (FileInUseException)
            {
                throw new InputException($"another pull to {_folder} is under way; let it end, or name another folder.");
            }
            files[file] = new(part.Length, part.Sha256);
            before += part.Length;
        }
        files[ModelCard.PlanName] = Write(ModelCard.PlanName, plan);
        var card = await ModelCard.MakeAsync(name, manifest, files, cancellation);
        Write(ModelCard.TextName, card.ToMarkdown(plan));
        Write(ModelCard.JsonName, card.ToJson());
        // What an earlier pull of another checkpoint left.
        foreach (var stray in Directory.EnumerateFiles(_pulling).Where(path => !files.ContainsKey(Path.GetFileName(path)) && Path.GetFileName(path) is not (ModelCard.TextName or ModelCard.JsonName)).ToList())
            File.Delete(stray);
        Publish();
        return card;
    }

    ModelFile Write(string name, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        AtomicFile.WriteAllBytes(Path.Combine(_pulling, name), bytes);
        return new(bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    void Publish()
    {
        var replaced = _folder + ReplacedMark;
        if (Directory.Exists(replaced))
            Directory.Delete(replaced, recursive: true);
        if (Directory.Exists(_folder))
            Directory.Move(_folder, replaced);
        Directory.Move(_pulling, _folder);
        if (Directory.Exists(replaced))
            Directory.Delete(replaced, recursive: true);
    }

    sealed class Offset(IProgress<long> progress, long before) : IProgress<long>
    {
        public void Report(long value) => progress.Report(before + value);
    }
}
