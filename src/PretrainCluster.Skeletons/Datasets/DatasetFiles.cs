using System.Collections.Concurrent;
using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>Where a dataset's files are: in a folder, or in a store with copies on this machine.</summary>
abstract class DatasetFiles
{
    /// <summary>The folder, or the store's place; for messages.</summary>
    public abstract string Place { get; }

    /// <exception cref="InputException">There is no dataset, or its description does not hold together.</exception>
    public abstract DatasetDescription ReadDescription();

    /// <summary>A file of this machine, fetched first where it lies elsewhere. It may be gone again when it is opened: see <see cref="Use"/>.</summary>
    public abstract string Locate(FileDescription file);

    /// <summary>What a file is called in messages.</summary>
    public abstract string NameOf(FileDescription file);

    /// <summary>Starts to fetch what will be needed soon.</summary>
    public virtual void FetchAhead(FileDescription file)
    {
    }

    /// <summary>Shards that may be kept open.</summary>
    public virtual int OpenShards(DatasetDescription description, int wanted) => wanted;

    /// <summary>Does something with a file by its path.</summary>
    public virtual T Use<T>(FileDescription file, Func<string, T> use) => use(Locate(file));
}

sealed class FolderFiles(string folder) : DatasetFiles
{
    public override string Place => folder;

    public override DatasetDescription ReadDescription() => DescriptionFile.Read(folder);

    public override string Locate(FileDescription file) => Path.Combine(folder, file.File);

    public override string NameOf(FileDescription file) => Locate(file);
}

/// <summary>A dataset in a store. Its files are copied into a bounded cache when they are needed, or ahead of that, each verified once.</summary>
sealed class StoreFiles(IArtifactStore store, string place, ArtifactCache cache) : DatasetFiles, IDisposable
{
    const int FetchesAhead = 2, Attempts = 5;

    readonly ConcurrentDictionary<string, Task> _ahead = new();
    readonly SemaphoreSlim _slots = new(FetchesAhead);
    readonly CancellationTokenSource _stop = new();
    bool _closed;

    public override string Place => place;

    public override DatasetDescription ReadDescription() =>
        store.GetAsync(DatasetDescription.FileName, DescriptionFile.MaxBytes).GetAwaiter().GetResult() is { } json ? DescriptionFile.Parse(json, NameOf(DatasetDescription.FileName))
            : throw new InputException($"{place} is not a dataset: it has no {DatasetDescription.FileName}. Put one there with `pretrain data push DATASET {place}`.");

    public override string NameOf(FileDescription file) => NameOf(file.File);

    public override string Locate(FileDescription file) => FetchAsync(file).GetAwaiter().GetResult();

    public override void FetchAhead(FileDescription file)
    {
        if (!cache.Holds(file.Bytes, file.Sha256) && !_closed)
            _ahead.GetOrAdd(file.Sha256, _ => Task.Run(() => FetchAheadAsync(file)));
    }

    // Half the cache at most, for an open file takes room even after it was dropped.
    public override int OpenShards(DatasetDescription description, int wanted) =>
        (int)Math.Clamp(cache.Bytes / 2 / Math.Max(1, description.Shards.Max(shard => shard.Bytes)), 1, wanted);

    public override T Use<T>(FileDescription file, Func<string, T> use)
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = Locate(file);
            try
            {
                return use(path);
            }
            catch (Exception) when (attempt < Attempts && !File.Exists(path))
            {
                // Another process made room in the cache between the two.
            }
        }
    }

    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        _stop.Cancel();
        Task.WaitAll([.. _ahead.Values]);
        _slots.Dispose();
        _stop.Dispose();
    }

    async Task FetchAheadAsync(FileDescription file)
    {
        try
        {
            await _slots.WaitAsync(_stop.Token);
            try
            {
                await FetchAsync(file);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception failure) when (failure is IOException or InputException or OperationCanceledException)
        {
            // Whoever needs the file fetches it again, and says what is wrong.
        }
        finally
        {
            _ahead.TryRemove(file.Sha256, out _);
        }
    }

    Task<string> FetchAsync(FileDescription file) => cache.FetchAsync(store, file.File, file.Bytes, file.Sha256, NameOf(file), _stop.Token);

    string NameOf(string file) => $"{place}/{file}";
}
