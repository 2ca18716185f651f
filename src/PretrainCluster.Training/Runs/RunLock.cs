namespace PretrainCluster.Training.Runs;

/// <summary>Holds runs/NAME for one process at a time. The lock goes with the process, however it ends.</summary>
public sealed class RunLock : IDisposable
{
    readonly FileStream _file;

    RunLock(FileStream file) => _file = file;

    /// <param name="holder">who has it, as far as is known, for the message</param>
    /// <exception cref="InputException">another process works on this run</exception>
    public static RunLock Acquire(string runDirectory, string holder = "another process")
    {
        var path = Path.Combine(runDirectory, "lock");
        try
        {
            return new RunLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception) when (File.Exists(path) && exception is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new InputException($"{runDirectory}: {holder} is working on this run; wait for it, stop it with `pretrain cancel`, or choose another name with --set name=NAME", exception);
        }
    }

    public void Dispose() => _file.Dispose();
}
