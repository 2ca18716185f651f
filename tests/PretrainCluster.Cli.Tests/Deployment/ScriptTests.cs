using System.Diagnostics;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>Every script of the checkout is one that bash can read.</summary>
public sealed class ScriptTests
{
    static readonly string[] s_scripts =
    [
        .. Directory.EnumerateFiles(Checkout.At("cluster"), "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Checkout.At("tests", "PretrainCluster.Cli.Tests", "Deployment", "slurm")))
            .Append(Checkout.At("pretrain")).Append(Checkout.At("test.sh"))
            .Where(file => File.ReadLines(file).FirstOrDefault("").StartsWith("#!", StringComparison.Ordinal) || file.EndsWith(".sh", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Checkout.Root, file)).Order(),
    ];

    public static TheoryData<string> Scripts { get; } = new(s_scripts);

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Script_IsOneThatBashReads(string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-n", Checkout.At(script)]) { RedirectStandardError = true })!;
        var error = bash.StandardError.ReadToEnd();
        bash.WaitForExit();
        Assert.Equal((0, ""), (bash.ExitCode, error));
    }

    [Fact]
    public void Scripts_AreFound() => Assert.Contains("cluster/slurm/pretrain.sbatch", s_scripts);
}
