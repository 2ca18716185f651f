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
