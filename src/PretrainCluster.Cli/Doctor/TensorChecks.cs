namespace PretrainCluster.Cli.Doctor;

/// <summary>Whether tensors can be computed with: the libtorch that was chosen, the native library on top of it, their threads.</summary>
static class TensorChecks
{
    const string InstallCommand = "cluster/prerequisites.sh", BuildCommand = "src/PretrainCluster.LibTorch/native/build.sh";

    public static IEnumerable<Finding> All()
    {
        var libtorch = Libtorch(Environment.GetEnvironmentVariable("LIBTORCH"), SystemFolders());
        var engine = Engine();
        return engine.State == FindingState.Good ? [libtorch, engine, Threads(torch.Threads()), Devices(torch.cuda.device_count())] : [libtorch, engine];
    }

    /// <summary>Where libtorch's libraries lie: in <paramref name="named"/> where LIBTORCH names one, else in one of the system's folders.</summary>
    public static Finding Libtorch(string? named, IEnumerable<string> systemFolders)
    {
        if (string.IsNullOrEmpty(named))
            return systemFolders.FirstOrDefault(HoldsLibtorch) is { } found
                ? new("libtorch", FindingState.Good, $"the distribution's, in {found}")
                : new("libtorch", FindingState.Missing, "none is installed, and LIBTORCH names none", InstallCommand);

        return HoldsLibtorch(Path.Combine(named, "lib"))
            ? new("libtorch", FindingState.Good, $"LIBTORCH={named}")
            : new("libtorch", FindingState.Missing, $"LIBTORCH={named} holds no lib/libtorch_cpu.so", "name the folder of a libtorch (a PyTorch wheel's torch folder), or unset LIBTORCH to use the distribution's");
    }

    /// <summary>More than one thread inside an operator takes cores from the micro-batches that run side by side.</summary>
    public static Finding Threads((int Torch, int Blas) threads) =>
        threads is (1, 1)
            ? new("threads", FindingState.Good, "one inside an operator; micro-batches run side by side")
            : new("threads", FindingState.Warning, $"{threads.Torch} in libtorch, {threads.Blas} in its BLAS, inside every operator of every micro-batch", "unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS");

    static Finding Engine()
    {
        try
        {
            using var sum = torch.ones(2, 2).sum();
            return new("tensor engine", FindingState.Good, $"libtorch {torch.Fingerprint}");
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException or TorchException)
        {
            return new("tensor engine", FindingState.Missing, (exception.InnerException ?? exception).Message, BuildCommand);
        }
    }

    static Finding Devices(int gpus) =>
        new("devices", FindingState.Good, gpus == 0 ? "cpu" : $"cpu, {string.Join(", ", Enumerable.Range(0, gpus).Select(i => $"cuda:{i}"))}");

    static bool HoldsLibtorch(string folder) => File.Exists(Path.Combine(folder, "libtorch_cpu.so"));

    static IEnumerable<string> SystemFolders() =>
        Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Append("/usr/lib") : [];
}
