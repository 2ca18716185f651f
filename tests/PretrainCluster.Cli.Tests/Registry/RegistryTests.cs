using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.SafeTensors;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Cli.Tests.Reports;
using PretrainCluster.Core;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Tests.Registry;

public sealed class RegistryTests : IDisposable
{
    const string Run = "utd-mhad-mae-small";

    readonly string _root = Directory.CreateTempSubdirectory("registry").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    string Runs => Path.Combine(_root, "runs");

    string Model => Path.Combine(_root, "models", "motion");

    [Fact]
    public async Task TagAndPull_Checkpoint_WritesWeightsPlanAndCard()
    {
        var saved = await SaveAsync(420, 840);

        Assert.Contains($"motion:best is {Run}@420", await Type(0, "tag", $"{Run}@420", "motion:best"));
        var output = await Type(0, "pull", "motion:best", "--to", Model);

        Assert.Contains(saved[0].Digest[..12], output);
        Assert.Equal(["MODEL_CARD.md", "model.json", "plan.yaml", "weights.safetensors"], Directory.GetFiles(Model).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
        Assert.Equal(saved[0].Blob("weights").Sha256, Sha256(Path.Combine(Model, "weights.safetensors")));
        Assert.Equal(SampleRun.Plan, File.ReadAllText(Path.Combine(Model, "plan.yaml")));
        var card = File.ReadAllText(Path.Combine(Model, "MODEL_CARD.md"));
        Assert.Contains($"| checkpoint | {saved[0].Digest} |", card);
        Assert.Contains("utd-mhad, the 430 training clips of split xsub", card);
        Assert.Contains("| linear v1 | pretrained | utd-mhad, xsub", card);
        Assert.Contains("| linear v1 | random weights | utd-mhad, xsub", card);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Model, "model.json")));
        Assert.Equal("motion:best", json.RootElement.GetProperty("name").GetString());
        Assert.Equal(2, json.RootElement.GetProperty("evaluations").GetArrayLength());
        Assert.False(Directory.Exists(Model + ".pulling"));
        Assert.Empty(Directory.GetFiles(Path.Combine(Runs, Run, "store", "leases"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Pull_Again_VerifiesAndMendsAndKeepsOtherThingsSafe()
    {
        await SaveAsync(420, 840);
        await Type(0, "pull", $"{Run}@420", "--to", Model);

        Assert.Contains("already", await Type(0, "pull", $"{Run}@420", "--to", Model));
        File.WriteAllText(Path.Combine(Model, "weights.safetensors"), "damaged");
        await Type(0, "pull", $"{Run}@420", "--to", Model);
        Assert.Contains("already", await Type(0, "pull", $"{Run}@420", "--to", Model));

        Assert.Contains("say --replace", await Type(2, "pull", Run, "--to", Model));
        await Type(0, "pull", Run, "--to", Model, "--replace");
        Assert.Contains("\"step\": 840", File.ReadAllText(Path.Combine(Model, "model.json")));

        var other = Path.Combine(_root, "other");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "precious.txt"), "mine");
        Assert.Contains("holds something else", await Type(2, "pull", Run, "--to", other, "--replace"));
        Assert.True(File.Exists(Path.Combine(other, "precious.txt")));
    }

    [Fact]
    public async Task Pull_AfterAPullThatWasCutOff_GoesOn()
    {
        var saved = await SaveAsync(420);
        var weights = saved[0].Blob("weights");
        Directory.CreateDirectory(Model + ".pulling");
        var bytes = File.ReadAllBytes(Path.Combine(Runs, Run, "store", weights.Artifact()));
        File.WriteAllBytes(Path.Combine(Model + ".pulling", $"weights.safetensors.partial-{weights.Sha256[..12]}"), bytes[..(bytes.Length / 2)]);
        File.WriteAllText(Path.Combine(Model + ".pulling", "stray.safetensors"), "of another checkpoint");

        await Type(0, "pull", $"{Run}@420", "--to", Model);

        Assert.Equal(weights.Sha256, Sha256(Path.Combine(Model, "weights.safetensors")));
        Assert.Equal(4, Directory.GetFiles(Model).Length);
    }

    [Fact]
    public async Task Pull_DamagedCheckpoint_SaysSoAndLeavesNothing()
    {
        var saved = await SaveAsync(420);
        await Type(0, "tag", $"{Run}@420", "motion:best");
        File.AppendAllText(Path.Combine(Runs, Run, "store", saved[0].Blob("weights").Artifact()), "x");

        Assert.Contains("part weights has", await Type(2, "pull", "motion:best", "--to", Model));
        Assert.False(Directory.Exists(Model));
        Assert.Contains("there is no tag motion:other", await Type(2, "pull", "motion:other", "--to", Model));
    }

    [Fact]
    public async Task Tag_ThatPointsElsewhere_IsMovedOnlyWhenSaid()
    {
        await SaveAsync(420, 840);
        await Type(0, "tag", $"{Run}@420", "motion:best");

        Assert.Contains("motion:best points to utd-mhad-mae-small@420", await Type(2, "tag", $"{Run}@840", "motion:best"));
        Assert.Contains("it was utd-mhad-mae-small@420", await Type(0, "tag", $"{Run}@840", "motion:best", "--move"));
        await Type(0, "untag", "motion:best");
        await Type(2, "untag", "motion:best");
    }

    [Fact]
    public async Task Checkpoints_Run_ShowsWhatKeepsThemAndFindsDamage()
    {
        var saved = await SaveAsync(420, 840);
        await Type(0, "tag", $"{Run}@420", "motion:best");

        Assert.Matches(@"420 .*KiB +[0-9a-f]{12} +not read +yes +motion:best", await Type(0, "checkpoints", Run, "--pin", "420"));
        Assert.Matches(@"420 .*[0-9a-f]{12} +yes +motion:best", await Type(0, "checkpoints", Run, "--verify", "--unpin", "420"));
        Assert.DoesNotContain("monitor", await Type(0, "checkpoints", Run));
        await new CheckpointStore(DirectoryStore.Open(Path.Combine(Runs, Run, "store"))).Monitored.PutAsync(saved[0], 71.25);
        Assert.Matches(@"420 .*not read +71\.[23] % +motion:best", await Type(0, "checkpoints", Run));
        File.AppendAllText(Path.Combine(Runs, Run, "store", saved[1].Blob("optimizer").Artifact()), "x");
        var output = await Type(1, "checkpoints", Run, "--verify");
        Assert.Contains("step 840: part optimizer has", output);
        await Type(2, "checkpoints", Run, "--pin", "421");
        await Type(2, "checkpoints", Run, "--unpin", "420");
    }

    [Fact]
    public async Task Pull_FromAStoreWithoutTheRunsFolder_NeedsTheStoreAlone()
    {
        await SaveAsync(420);
        await Type(0, "tag", $"{Run}@420", "motion:best");
        var store = Path.Combine(_root, "shared");
        Directory.Move(Path.Combine(Runs, Run, "store"), store);
        Directory.Delete(Path.Combine(Runs, Run), recursive: true);

        await Type(0, "pull", "motion:best", "--to", Model, "--store", store);
        await Type(0, "pull", $"{Run}@420", "--to", Model + "2", "--store", store);

        Assert.Contains("| linear v1 | pretrained |", File.ReadAllText(Path.Combine(Model, "MODEL_CARD.md")));
        Assert.Contains("there is no store", await Type(2, "pull", "motion:best", "--to", Model, "--store", store + "-none"));
    }

    [Fact]
    public async Task Card_ItsPython_ReadsTheWeights()
    {
        await SaveAsync(420);
        await Type(0, "pull", $"{Run}@420", "--to", Model);
        var card = File.ReadAllText(Path.Combine(Model, "MODEL_CARD.md"));
        var begin = card.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        File.WriteAllText(Path.Combine(Model, "read.py"), card[begin..card.IndexOf("```", begin, StringComparison.Ordinal)] + "print(weights['a'].sum(), weights['b'].shape)\n");

        var (exitCode, output) = Python(Model, "read.py");

        // Without numpy there is nothing to be said about the lines.
        Assert.True(exitCode == 0 ? output.Trim() == "420000.0 (2, 3)" : output.Contains("numpy", StringComparison.Ordinal) || exitCode == -1, output);
    }

    async Task<List<CheckpointManifest>> SaveAsync(params long[] steps)
    {
        var folder = SampleRun.Write(Runs);
        var checkpoints = new CheckpointStore(DirectoryStore.Open(folder.StoreFolder));
        var saved = new List<CheckpointManifest>();
        foreach (var step in steps)
        {
            saved.Add(await checkpoints.SaveAsync(new CheckpointFacts
            {
                Run = Run,
                Step = step,
                PlanSha256 = SampleRun.Info.PlanSha256,
                DataSha256 = SampleRun.Info.DatasetSha256,
                Seed = 1,
                Code = "0.1.0",
                Plan = SampleRun.Plan,
                Data = new("utd-mhad", "xsub", 430, "utd-mhad", 1, 20, "none"),
                Metrics = new Dictionary<string, double> { ["loss"] = 0.25 },
            }, [Part("weights", step), Part("optimizer", step + 1)]));
        }
        // The run's own evaluations are of no checkpoint here; these are of the first, of the control, and of another one.
        foreach (var path in Directory.GetFiles(folder.EvaluationsFolder))
            File.Delete(path);
        foreach (var (encoder, checkpoint) in new[] { (EncoderEvaluation.Pretrained, saved[0].Digest), (EncoderEvaluation.RandomWeights, null), (EncoderEvaluation.Pretrained, new string('f', 64)) })
        {
            var result = SampleRun.Evaluations().First(r => r.Protocol == "linear" && r.Encoder == encoder) with { Checkpoint = checkpoint };
            if (checkpoint?[0] == 'f')
                result = result with { WeightsSha256 = checkpoint };
            await checkpoints.Evaluations.PutAsync(Run, RunFolder.NameOf(result), JsonSerializer.SerializeToUtf8Bytes(result, JsonText.Line));
        }
        return saved;
    }

    static CheckpointContent Part(string name, float value) => new(name, (stream, _) =>
    {
        using var writer = new SafeTensorsWriter(stream, [new("a", TensorType.F32, [1000]), new("b", TensorType.F32, [2, 3])]);
        writer.Write("a", Enumerable.Repeat(value, 1000).ToArray().AsSpan());
        writer.Write("b", [0f, 1f, 2f, 3f, 4f, 5f]);
        writer.Complete();
        return Task.CompletedTask;
    });

    async Task<string> Type(int code, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var actual = await Entry.Run(Verbs.Root(), [.. arguments, "--runs", Runs], output, error);
        Assert.True(code == actual, $"exit code {actual}: {output}{error}");
        return output.ToString() + error;
    }

    static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    static (int ExitCode, string Output) Python(string folder, string script)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", script) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = python.StandardError.ReadToEndAsync();
            var output = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            return (python.ExitCode, output + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (-1, "");
        }
    }
}
