namespace PretrainCluster.Cli.Doctor;

static partial class TensorChecks
{
    const string Name = "libtorch ", InstallCommand = "cluster/prerequisites.sh", Mend = "src/PretrainCluster.LibTorch/native/build.sh";

    static IEnumerable<Finding> Libraries() => [Libtorch(Environment.GetEnvironmentVariable("LIBTORCH"), SystemFolders())];

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

    static bool HoldsLibtorch(string folder) => File.Exists(Path.Combine(folder, "libtorch_cpu.so"));

    static IEnumerable<string> SystemFolders() =>
        Directory.Exists("/usr/lib") ? Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu").Append("/usr/lib") : [];
}
