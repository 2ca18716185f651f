using System.Diagnostics;
using System.Runtime.Versioning;

namespace PretrainCluster.Cli.Tests.Repository;

/// <summary>The launcher's own work, in a folder with a space in its name, with a stand-in for dotnet that notes how it was called.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LauncherTests : IDisposable
{
    readonly string root = Path.Combine(Directory.CreateTempSubdirectory("launcher").FullName, "a checkout");

    public LauncherTests()
    {
        foreach (var file in new[] { "pretrain", "cluster/build.sh", "cluster/prerequisites.sh" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
            File.Copy(Checkout.At(file), At(file));
        }
        // A version that no machine has: an SDK that is really here must not be found.
        File.WriteAllText(At("cluster/prerequisites.sh"), File.ReadAllText(At("cluster/prerequisites.sh")).Replace("dotnet_major=10", "dotnet_major=99", StringComparison.Ordinal));

        Directory.CreateDirectory(At("dotnet/sdk/99.0.100"));
        Directory.CreateDirectory(At("home"));
        Directory.CreateDirectory(At("tests"));
        Write("global.json", "{}");
        Write("Directory.Build.props", "<Project/>");
        Write("PretrainCluster.sln", "");
        Write(".editorconfig", "");
        Write("src/PretrainCluster.Cli/Program.cs", "first");
        Script("dotnet/dotnet", Dotnet);
    }

    /// <summary>A stand-in for dotnet.</summary>
    const string Dotnet =
            """
            if [ "$1" = build ]; then
                sleep 0.3
                echo "build $2" >> "$CALLS"
                [ ! -e "$BROKEN" ] || { echo "Program.cs(1,1): error CS1002: ; expected"; exit 1; }
                exit 0
            fi
            printf 'run'; printf ' [%s]' "$@"; echo
            """;

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(root)!, recursive: true);

    [Fact]
    public void Start_First_BuildsAndPassesTheArgumentsOn()
    {
        var (code, output, error) = Start("run", "a plan.yaml", "--set", "a.b=c");

        Assert.Equal(0, code);
        Assert.Equal($"run [{At("src/PretrainCluster.Cli/bin/Release/net10.0/pretrain.dll")}] [run] [a plan.yaml] [--set] [a.b=c]\n", output);
        Assert.Equal([$"build {At("src/PretrainCluster.Cli/PretrainCluster.Cli.csproj")}"], Calls());
        Assert.Matches(@"^Building .* done in \d+ s\n$", error);
    }

    [Fact]
    public void Start_Second_DoesNotBuildAndIsSilent()
    {
        Start("doctor");
        var (code, _, error) = Start("doctor");

        Assert.Equal((0, ""), (code, error));
        Assert.Single(Calls());
    }

    [Theory]
    [InlineData("src/PretrainCluster.Cli/Program.cs")]
    [InlineData("src/PretrainCluster.Cli/Views/New.cs")]
    [InlineData("Directory.Build.props")]
    public void Start_AfterASourceChanged_BuildsAgain(string source)
    {
        Start("doctor");
        Write(source, "second, longer");
        Start("doctor");

        Assert.Equal(2, Calls().Length);
    }

    [Fact]
    public void Start_AfterASourceWasRemoved_BuildsAgain()
    {
        Start("doctor");
        File.Delete(At("src/PretrainCluster.Cli/Program.cs"));
        Start("doctor");

        Assert.Equal(2, Calls().Length);
    }

    [Fact]
    public void Start_OfBuildOutputAlone_DoesNotBuildAgain()
    {
        Start("doctor");
        Write("src/PretrainCluster.Cli/obj/project.assets.json", "{}");
        Write("src/PretrainCluster.Cli/bin/Release/net10.0/pretrain.dll", "");
        Start("doctor");

        Assert.Single(Calls());
    }

    [Fact]
    public async Task Start_SeveralAtOnce_BuildsOnce()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Start("doctor"))));

        Assert.All(starts, s => Assert.Equal(0, s.Code));
        Assert.Single(Calls());
    }

    [Fact]
    public void Start_BuildThatFails_ShowsItsOutputAndTriesAgainNextTime()
    {
        Write("broken", "");
        var (code, output, error) = Start("doctor");

        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Contains("error CS1002", error);

        File.Delete(At("broken"));
        Assert.Equal(0, Start("doctor").Code);
    }

    [Fact]
    public void Start_WithoutAnSdkAndATerminal_SaysHowToInstallItAndBuildsNothing()
    {
        Directory.Delete(At("dotnet"), recursive: true);
        Script("tools/apt-cache", "exit 1");

        var (code, _, error) = Start("doctor");

        Assert.Equal(1, code);
        Assert.Contains("Missing: the .NET 99 SDK", error);
        Assert.Contains("--yes", error);
        Assert.Contains(At("home/.dotnet"), error);
        Assert.Empty(Calls());
    }

    [Fact]
    public void Start_WithYes_InstallsTheDistributionsSdkWhereItHasOne()
    {
        Directory.Move(At("dotnet"), At("distribution"));
        Script("tools/apt-cache", "echo 'Package: dotnet-sdk-99.0'");
        Script("tools/sudo", "shift; exec \"$@\"");
        Script("tools/apt-get", $"echo apt-get \"$@\" >> \"$CALLS\"; [ \"$1\" != install ] || mv '{At("distribution")}' '{At("dotnet")}'");

        var (code, _, error) = Start("--yes", "doctor");

        Assert.True(code == 0, error);
        Assert.EndsWith("dotnet-sdk-99.0", Calls()[1]);
        Assert.StartsWith("build ", Calls()[2]);
    }

    [Fact]
    public void Start_WithYes_ElseTakesMicrosoftsScriptIntoTheUsersFolder()
    {
        Directory.Move(At("dotnet"), At("microsoft"));
        Script("tools/apt-cache", "exit 1");
        Script("tools/curl", $"for last; do :; done; printf 'mv \"{At("microsoft")}\" \"{At("home/.dotnet")}\"; echo installed \"$@\" >> \"$CALLS\"' > \"$last\"");

        var (code, _, error) = Start("--yes", "doctor");

        Assert.True(code == 0, error);
        Assert.Matches($@"^installed --channel 99\.0 --install-dir .*/home/\.dotnet --no-path$", Calls()[0]);
        Assert.StartsWith("build ", Calls()[1]);
    }

    [Fact]
    public void Start_InstallationThatFails_ShowsItsOutputAndBuildsNothing()
    {
        Directory.Delete(At("dotnet"), recursive: true);
        Script("tools/apt-cache", "exit 1");
        Script("tools/curl", "echo 'curl: (6) Could not resolve host' >&2; exit 6");

        var (code, _, error) = Start("--yes", "doctor");

        Assert.Equal(1, code);
        Assert.Contains("Could not resolve host", error);
        Assert.Empty(Calls());
    }

    [Fact]
    public void Start_AnotherLibtorchAskedFor_BuildsAgain()
    {
        Start("doctor");
        Start(["doctor"], ("TorchSharpPackage", "TorchSharp-cuda-linux"));

        Assert.Equal(2, Calls().Length);
    }

    [Fact]
    public void Start_Bench_GoesToTheBenchmarks()
    {
        Write("tests/PretrainCluster.Bench/PretrainCluster.Bench.csproj", "<Project/>");

        var (_, output, _) = Start("bench", "step");

        Assert.Equal($"run [{At("tests/PretrainCluster.Bench/bin/Release/net10.0/PretrainCluster.Bench.dll")}] [step]\n", output);
    }

    [Fact]
    public void Start_FaultsThatThisCheckoutLacks_ExitsWith2() => Assert.Equal(2, Start("faults").Code);

    (int Code, string Output, string Error) Start(params string[] arguments) => Start(arguments, []);

    (int Code, string Output, string Error) Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(At("pretrain"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = "/" };
        start.Environment["PATH"] = $"{At("dotnet")}:{At("tools")}:/usr/bin:/bin";
        start.Environment["HOME"] = At("home");
        start.Environment["CALLS"] = At("calls");
        start.Environment["BROKEN"] = At("broken");
        foreach (var name in (string[])["TorchSharpPackage", "DOTNET_ROOT"])
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    string[] Calls() => File.Exists(At("calls")) ? File.ReadAllLines(At("calls")) : [];

    string At(string path) => Path.Combine(root, path);

    void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), content);
    }

    void Script(string path, string body)
    {
        Write(path, $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode(At(path), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
