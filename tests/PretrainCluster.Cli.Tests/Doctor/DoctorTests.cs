using System.Text.Json;
using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Cli.Doctor;

namespace PretrainCluster.Cli.Tests.Doctor;

public sealed partial class DoctorTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("doctor").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Doctor_MachineThatRunsTheTests_FindsNothingMissing()
    {
        var (output, error) = (new StringWriter(), new StringWriter());

        var code = await Entry.Run(Verbs.Root(), ["doctor", "--runs", folder, "--json"], output, error);

        Assert.Equal(0, code);
        using var findings = JsonDocument.Parse(output.ToString());
        Assert.All(findings.RootElement.EnumerateArray(), f => Assert.NotEqual("missing", f.GetProperty("state").GetString()));
        Assert.Contains(findings.RootElement.EnumerateArray(), f => f.GetProperty("name").GetString() == "tensor engine");
    }

    [Fact]
    public void Threads_MoreThanOne_Warns()
    {
        Assert.Equal(FindingState.Good, TensorChecks.Threads(1).State);
        Assert.Equal(FindingState.Warning, TensorChecks.Threads(8).State);
    }

    [Fact]
    public void Writing_PlaceOfAFile_IsMissing()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");

        Assert.Equal(FindingState.Missing, MachineChecks.Writing(Path.Combine(file, "runs")).State);
    }

    [Fact]
    public void Writing_FolderThatDoesNotExist_LeavesNothingBehind()
    {
        var runs = Path.Combine(folder, "runs");

        Assert.Equal(FindingState.Good, MachineChecks.Writing(runs).State);
        Assert.False(Directory.Exists(runs));
    }

    [Fact]
    public void AvailableMemory_Meminfo_IsReadInBytes()
    {
        var meminfo = Path.Combine(folder, "meminfo");
        File.WriteAllText(meminfo, "MemTotal:       24000000 kB\nMemFree:         1000000 kB\nMemAvailable:   20000000 kB\n");

        Assert.Equal(20_000_000L * 1024, MachineChecks.AvailableMemory(meminfo));
    }

    [Fact]
    public void Write_SomethingMissing_SaysWhatMendsIt()
    {
        var output = new StringWriter();
        DoctorCommand.Write([new Finding("libtorch", FindingState.Missing, "none", "cluster/prerequisites.sh")], output);

        Assert.Contains("mend: cluster/prerequisites.sh", output.ToString());
        Assert.Contains("One thing is missing.", output.ToString());
    }
}
