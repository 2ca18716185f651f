using PretrainCluster.Cli.Doctor;

namespace PretrainCluster.Cli.Tests.Doctor;

public sealed partial class DoctorTests
{
    [Fact]
    public void Libtorch_NamedFolderWithoutOne_IsMissingAndSaysWhatToDo()
    {
        var finding = TensorChecks.Libtorch(folder, []);

        Assert.Equal(FindingState.Missing, finding.State);
        Assert.Contains("unset LIBTORCH", finding.Mend);
    }

    [Fact]
    public void Libtorch_NamedFolderThatHoldsOne_IsGood()
    {
        Directory.CreateDirectory(Path.Combine(folder, "lib"));
        File.WriteAllText(Path.Combine(folder, "lib", "libtorch_cpu.so"), "");

        Assert.Equal(FindingState.Good, TensorChecks.Libtorch(folder, []).State);
    }

    [Fact]
    public void Libtorch_NoneAnywhere_NamesTheScriptThatInstallsIt() =>
        Assert.Equal("cluster/prerequisites.sh", TensorChecks.Libtorch(null, [folder]).Mend);
}
