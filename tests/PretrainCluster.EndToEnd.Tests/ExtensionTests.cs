using System.Diagnostics;
using System.Text.RegularExpressions;
using PretrainCluster.Faults;
using PretrainCluster.Training.Faults;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>What docs/extending.md says, done to the letter: an objective in a project of its own, built and trained.</summary>
public sealed partial class ExtensionTests : IDisposable
{
    const string File = "MyMethods/bin/Release/net10.0/MyMethods.dll";

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    static readonly string s_page = System.IO.File.ReadAllText(Path.Combine(Checkout.Root, "docs", "extending.md"));

    readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Objective_OfItsOwnRepository_TrainsToOneDigestAndIsRefusedByNameWithoutTheFlag()
    {
        Build();
        Assert.Contains("numbers that a view is projected to", _workspace.Succeed("plan", "objective.barlow_twins", "--extension", File));

        var alone = Weights("alone", 1, []);
        Assert.Equal(alone, Weights("three", 3, new() { [FaultPoint.Variable] = "exchange@12=kill", [FaultPoint.FolderVariable] = Directory.CreateDirectory(_workspace.In("faults")).FullName }));
        Assert.NotEmpty(Directory.GetFiles(_workspace.In("faults")));

        Refused("\"barlow_twins\"", [.. Run("alone", 1)]);
        Refused("MyMethods.dll", [.. Run("listed", 1), "--set", "extensions=[MyMethods.dll]"]);
        Refused("MyMethods.dll", ["evaluate", "alone"]);
        Assert.Contains("knn", _workspace.Succeed("evaluate", "alone", "--protocol", "knn", "--extension", File));
    }

    [Fact]
    public void Extension_ThatIsNone_IsRefusedByName()
    {
        System.IO.File.WriteAllText(_workspace.In("no.dll"), "no assembly");
        Refused("no.dll", ["plan", "--extension", "no.dll"]);
        Refused("missing.dll", ["plan", "--extension", "missing.dll"]);
    }

    void Build()
    {
        string[] commands = [.. Blocks("sh").SelectMany(block => block.Split('\n')).Where(line => line.StartsWith("dotnet ", StringComparison.Ordinal))];
        Assert.Equal(2, commands.Length);
        Shell(commands[0]);
        foreach (var file in Directory.GetFiles(_workspace.In("MyMethods"), "*.cs"))
            System.IO.File.Delete(file);
        System.IO.File.WriteAllText(_workspace.In("MyMethods", "MyMethods.csproj"), Assert.Single(Blocks("xml")));
        System.IO.File.WriteAllText(_workspace.In("MyMethods", "BarlowTwins.cs"), Assert.Single(Blocks("csharp")));
        Shell(commands[1]);
    }

    string Weights(string name, int workers, Dictionary<string, string> environment)
    {
        using var process = PretrainProcess.Start(_workspace.Root, [.. Run(name, workers), "--extension", File], environment);
        Assert.True(process.Wait(s_limit) == 0, process.Output);
        return RunFolder.Open(_workspace.In("runs"), name).ReadInfo().WeightsSha256!;
    }

    static string[] Run(string name, int workers) =>
    [
        "run", "tiny.yaml", "--set", "objective={kind: barlow_twins, projection_width: 16}", "--set", $"name={name}", "--set", $"workers={{min: 1, max: {workers}}}",
        "--set", "training.epochs=4", "--set", "evaluation.protocols=[]",
    ];

    void Refused(string reason, string[] arguments)
    {
        var (code, output) = _workspace.Run(arguments);
        Assert.Equal(2, code);
        Assert.Contains(reason, output, StringComparison.Ordinal);
    }

    void Shell(string command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = _workspace.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PRETRAIN"] = AppContext.BaseDirectory;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}\n{output.Result}\n{error}");
    }

    static string[] Blocks(string language) => [.. Block().Matches(s_page).Where(block => block.Groups[1].Value == language).Select(block => block.Groups[2].Value)];

    [GeneratedRegex(@"```(\w+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
