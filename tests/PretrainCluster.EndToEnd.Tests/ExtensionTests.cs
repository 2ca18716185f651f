using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PretrainCluster.Faults;
using PretrainCluster.Training.Faults;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>
/// What docs/extending.md says, done to the letter: an objective, an encoder, a protocol and an importer in a
/// project of its own, built and used.
/// </summary>
public sealed partial class ExtensionTests : IDisposable
{
    const string File = "MyMethods/bin/Release/net10.0/MyMethods.dll";

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    static readonly string s_page = System.IO.File.ReadAllText(Path.Combine(Checkout.Root, "docs", "extending.md"));

    readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Kinds_OfARepositoryOfTheirOwn_TrainToOneDigestAndAreRefusedByNameWithoutTheFlag()
    {
        Build();
        Assert.Contains("numbers that a view is projected to", _workspace.Succeed("plan", "objective.my_barlow_twins", "--extension", File));
        foreach (var kind in new[] { "encoder.frame_mlp", "protocol.nearest_mean", "source.csv" })
            Assert.Contains(kind, _workspace.Succeed("plan", kind, "--extension", File));

        var alone = Weights("alone", 1, []);
        Assert.Equal(alone, Weights("three", 3, new() { [FaultPoint.Variable] = "exchange@12=kill", [FaultPoint.FolderVariable] = Directory.CreateDirectory(_workspace.In("faults")).FullName }));
        Assert.NotEmpty(Directory.GetFiles(_workspace.In("faults")));

        Assert.Contains($"weights {alone}", OnACluster([.. Run("clustered", 2).Skip(1)]));

        Refused("\"my_barlow_twins\"", [.. Run("alone", 1)]);
        Refused("\"frame_mlp\"", [.. Run("alone", 1), "--set", "objective.kind=simclr"]);
        Refused("MyMethods.dll", [.. Run("listed", 1), "--set", "extensions=[MyMethods.dll]"]);
        Refused("MyMethods.dll", ["evaluate", "alone"]);

        Assert.Contains("nearest_mean v1", _workspace.Succeed("evaluate", "alone", "--protocol", "nearest_mean", "--extension", File));
        Assert.Contains("nearest_mean v1", _workspace.Succeed("evaluate", "alone", "--set", "evaluation.protocols=[{kind: nearest_mean, clips: 2}]", "--extension", File));
        var results = RunFolder.Open(_workspace.In("runs"), "alone").ReadEvaluations().Where(result => result.Protocol == "nearest_mean");
        Assert.Equal([null, "clips 2"], results.Select(result => result.Settings).Distinct().Order());
        Refused("\"nearest_mean\"", ["run", "tiny.yaml", "--set", "evaluation.protocols=[nearest_mean]"]);
    }

    [Fact]
    public void Importer_OfARepositoryOfItsOwn_MakesADatasetAndIsRefusedByNameWithoutTheFlag()
    {
        Build();
        var folder = Directory.CreateDirectory(_workspace.In("recordings")).FullName;
        foreach (var (label, subject) in from label in Enumerable.Range(0, 3) from subject in Enumerable.Range(1, 4) select (label, subject))
        {
            var lines = Enumerable.Range(0, 20).Select(frame => string.Join(',', Enumerable.Range(0, 75).Select(i =>
                (1000 * Math.Sin(frame * (label + 1) / 10.0 + i + subject)).ToString("0.0", CultureInfo.InvariantCulture))));
            System.IO.File.WriteAllLines(Path.Combine(folder, $"c{label:00}_s{subject:00}_walk.csv"), lines);
        }
        System.IO.File.WriteAllText(Path.Combine(folder, "c00_s05_short.csv"), "1,2,3\n");

        var import = Line("pretrain data import");
        Assert.Contains("12 clips", _workspace.Succeed(import));
        Assert.Contains("c00_s05_short.csv:1: 75 numbers are expected", _workspace.Succeed("data", "inspect", "data/mine"));
        Refused("csv", [.. import.TakeWhile(word => word != "--extension"), "--force"]);
        Refused("scael", ["data", "import", "recordings", "--format", "{kind: csv, scael: 1}", "--to", "data/other", "--extension", File]);
        _workspace.Succeed("data", "import", "recordings", "--to", "data/found", "--extension", File);
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
        string[] sources = ["BarlowTwins", "FrameMlp", "NearestMean", "CsvSource"];
        foreach (var (name, code) in sources.Zip(Blocks("csharp"), (name, code) => (name, code)))
        {
            Assert.Contains($"class {name} ".Replace("class NearestMean", "record NearestMean", StringComparison.Ordinal), code);
            Assert.Contains($"`MyMethods/{name}.cs`", s_page);
            System.IO.File.WriteAllText(_workspace.In("MyMethods", $"{name}.cs"), code);
        }
        Assert.Equal(sources.Length, Blocks("csharp").Length);
        Shell(commands[1]);
    }

    string Weights(string name, int workers, Dictionary<string, string> environment)
    {
        using var process = PretrainProcess.Start(_workspace.Root, [.. Run(name, workers), "--extension", File], environment);
        Assert.True(process.Wait(s_limit) == 0, process.Output);
        return RunFolder.Open(_workspace.In("runs"), name).ReadInfo().WeightsSha256!;
    }

    /// <summary>Submits a run to a cluster whose nodes were told of the extension, each by whoever started it.</summary>
    /// <returns>what the submission printed</returns>
    string OnACluster(string[] plan)
    {
        using var coordinator = _workspace.Start("node", "--role", "coordinator", "--at", "127.0.0.1:0", "--shared-runs", "shared", "--extension", File);
        Match address;
        while (!(address = CoordinatorNode().Match(coordinator.Output)).Success)
        {
            Assert.False(coordinator.HasExited, coordinator.Output);
            Thread.Sleep(50);
        }
        using var worker = _workspace.Start("node", "--role", "worker", "--seeds", address.Groups[1].Value, "--shared-runs", "shared", "--slots", "2", "--extension", File);
        return _workspace.Succeed(["submit", .. plan, "--cluster", address.Groups[1].Value, "--wait", "--extension", File]);
    }

    [GeneratedRegex(@"coordinator node (127\.0\.0\.1:\d+)")]
    private static partial Regex CoordinatorNode();

    static string[] Run(string name, int workers) =>
    [
        "run", "tiny.yaml", "--set", "objective={kind: my_barlow_twins, projection_width: 16}", "--set", "encoder={kind: frame_mlp, width: 16}", "--set", $"name={name}", "--set", $"workers={{min: 1, max: {workers}}}",
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

    /// <summary>The arguments of the page's line that begins so.</summary>
    static string[] Line(string beginning)
    {
        var line = Blocks("sh").SelectMany(block => block.Split('\n')).Single(line => line.StartsWith(beginning, StringComparison.Ordinal));
        return [.. Word().Matches(line).Skip(1).Select(word => word.Value.Trim('"'))];
    }

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Word();

    static string[] Blocks(string language) => [.. Block().Matches(s_page).Where(block => block.Groups[1].Value == language).Select(block => block.Groups[2].Value)];

    [GeneratedRegex(@"```(\w+)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
