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

        Directory.CreateDirectory(At("dotnet/sdk/10.0.100"));
        Directory.CreateDirectory(At("home"));
        Directory.CreateDirectory(At("tests"));
        Write("global.json", "{}");
        Write("Directory.Build.props", "<Project/>");
        Write("PretrainCluster.sln", "");
        Write(".editorconfig", "");
        Write("src/PretrainCluster.Cli/Program.cs", "first");
        Script("src/PretrainCluster.LibTorch/native/build.sh", "echo native >> \"$CALLS\"");
        Script("dotnet/dotnet",
            """
            if [ "$1" = build ]; then
                sleep 0.3
                echo "build $2" >> "$CALLS"
                [ ! -e "$BROKEN" ] || { echo "Program.cs(1,1): error CS1002: ; expected"; exit 1; }
                exit 0
            fi
            if [ "$1" = msbuild ]; then
                case "$*" in *-getProperty:TensorEngine) cat "$ENGINE" 2>/dev/null || echo LibTorch ;; esac
                exit 0
            fi
            printf 'run'; printf ' [%s]' "$@"; echo
            """);
        // Everything that the launcher would install is there.
        foreach (var tool in new[] { "g++", "cmake", "make" })
            Script($"tools/{tool}", "");
        Script("tools/dpkg-query", "printf 'install ok installed'");
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(root)!, recursive: true);

    [Fact]
    public void Start_First_BuildsAndPassesTheArgumentsOn()
    {
        var (code, output, error) = Start("run", "a plan.yaml", "--set", "a.b=c");

        Assert.Equal(0, code);
        Assert.Equal($"run [{At("src/PretrainCluster.Cli/bin/Release/net10.0/pretrain.dll")}] [run] [a plan.yaml] [--set] [a.b=c]\n", output);
        Assert.Equal(["native", $"build {At("src/PretrainCluster.Cli/PretrainCluster.Cli.csproj")}"], Calls());
        Assert.Matches(@"^Building .* done in \d+ s\n$", error);
    }

    [Fact]
    public void Start_Second_DoesNotBuildAndIsSilent()
    {
        Start("doctor");
        var (code, _, error) = Start("doctor");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(2, Calls().Length);
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

        Assert.Equal(4, Calls().Length);
    }

    [Fact]
    public void Start_AfterASourceWasRemoved_BuildsAgain()
    {
        Start("doctor");
        File.Delete(At("src/PretrainCluster.Cli/Program.cs"));
        Start("doctor");

        Assert.Equal(4, Calls().Length);
    }

    [Fact]
    public void Start_OfBuildOutputAlone_DoesNotBuildAgain()
    {
        Start("doctor");
        Write("src/PretrainCluster.Cli/obj/project.assets.json", "{}");
        Write("src/PretrainCluster.Cli/bin/Release/net10.0/pretrain.dll", "");
        Start("doctor");

        Assert.Equal(2, Calls().Length);
    }

    [Fact]
    public async Task Start_SeveralAtOnce_BuildsOnce()
    {
        var starts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Start("doctor"))));

        Assert.All(starts, s => Assert.Equal(0, s.Code));
        Assert.Equal(2, Calls().Length);
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
    public void Start_PackagesMissingAndNoTerminal_ListsAndInstallsThem()
    {
        Script("tools/dpkg-query", "exit 1");
        Script("tools/sudo", "shift; exec \"$@\"");
        Script("tools/apt-get", "echo apt-get \"$@\" >> \"$CALLS\"");

        var (code, _, error) = Start("doctor");

        Assert.True(code == 0, error);
        Assert.Contains("Missing on this machine:", error);
        Assert.Matches(@"libtorch-dev +libtorch, the tensor engine", error);
        Assert.EndsWith("libtorch-dev libopenblas0-pthread", Calls()[1]);
        Assert.Equal("native", Calls()[2]);
    }

    [Fact]
    public void Start_InstallationThatFails_ShowsItsOutputAndBuildsNothing()
    {
        Script("tools/dpkg-query", "exit 1");
        Script("tools/sudo", "shift; exec \"$@\"");
        Script("tools/apt-get", "echo 'E: Unable to locate package'; exit 100");

        var (code, _, error) = Start("doctor");

        Assert.Equal(1, code);
        Assert.Contains("E: Unable to locate package", error);
        Assert.Empty(Calls());
    }

    [Fact]
    public void Start_OwnLibtorch_NeedsNoPackageOfIt()
    {
        Script("tools/dpkg-query", "exit 1");
        Write("own/lib/libtorch_cpu.so", "");
        Directory.CreateDirectory(At("own/include"));

        Assert.Equal(0, Start(["doctor"], ("LIBTORCH", At("own"))).Code);
    }

    [Fact]
    public void Start_TorchSharpIsTheEngine_NeedsNoPackageAndNoNativeLibrary()
    {
        Script("tools/dpkg-query", "exit 1");
        Write("engine", "TorchSharp");

        var (code, _, error) = Start("doctor");

        Assert.Equal(0, code);
        Assert.DoesNotContain("Missing", error);
        Assert.Equal([$"build {At("src/PretrainCluster.Cli/PretrainCluster.Cli.csproj")}"], Calls());
    }

    [Theory, InlineData("TensorEngine", "LibTorch"), InlineData("TorchSharpVersion", "0.107.0")]
    public void Start_AnotherEngineAskedFor_BuildsAgain(string variable, string value)
    {
        Start("doctor");
        Start(["doctor"], (variable, value));

        Assert.Equal(4, Calls().Length);
    }

    [Fact]
    public void Start_LibtorchThatIsNone_SaysSoAndBuildsNothing()
    {
        var (code, _, error) = Start(["doctor"], ("LIBTORCH", At("nowhere")));

        Assert.Equal(1, code);
        Assert.Contains("a libtorch in LIBTORCH=", error);
        Assert.Empty(Calls());
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
        start.Environment["ENGINE"] = At("engine");
        foreach (var name in new[] { "LIBTORCH", "TensorEngine", "TorchSharpVersion" })
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
