namespace PretrainCluster.Cli.Data;

/// <summary>The folder that a new dataset goes to.</summary>
static class DatasetFolder
{
    /// <exception cref="InputException">There is a dataset, and --force was not said.</exception>
    public static void RefuseExisting(string folder, bool force)
    {
        if (!force && File.Exists(Path.Combine(folder, DatasetDescription.FileName)))
            throw new InputException($"{folder} already holds a dataset; name another folder, or say --force to replace it.");
    }
}
