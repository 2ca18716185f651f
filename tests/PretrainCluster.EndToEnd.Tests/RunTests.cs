using System.Text.Json;
using PretrainCluster.Faults;

namespace PretrainCluster.EndToEnd.Tests;

public sealed class RunTests : IDisposable
{
    const int Interrupt = 2, Stop = 19;

    readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public void Run_ThenEvaluateThenEmbed_LeavesReportResultsAndFeatures()
    {
        var output = _workspace.Succeed("run", "tiny.yaml", "--set", "training.epochs=4");
        Assert.Contains("random weights", output);
        Assert.Contains("random weights", _workspace.Succeed("run", "tiny.yaml", "--set", "training.epochs=4"));
        var report = File.ReadAllText(_workspace.In("runs", "tiny", "report.html"));
        Assert.Contains("<svg", report);
        Assert.DoesNotContain("http://", report.Replace("http://www.w3.org", "", StringComparison.Ordinal));

        Assert.Contains("1-shot", _workspace.Succeed("evaluate", "tiny", "--protocol", "few-shot", "--set", "evaluation.few_shot.shots=[1, 5]"));
        foreach (var crop in new[] { 0.5, 0.95 })
        {
            _workspace.Succeed("evaluate", "tiny", "--protocol", "knn", "--set", $"view.crop.evaluation={crop}");
            Assert.All(Directory.GetFiles(_workspace.In("runs", "tiny", "evaluations"), "knn-*"), file => Assert.Equal(crop, JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("crop").GetDouble()));
        }
        _workspace.Succeed("embed", "tiny", "--data", "data/tiny", "--out", "features.safetensors");
        Assert.True(new FileInfo(_workspace.In("features.safetensors")).Length > 120 * 32 * sizeof(float));

        Assert.Contains("finished", _workspace.Succeed("show", "tiny"));
        Assert.Contains("tiny", _workspace.Succeed("runs"));
    }

    [Fact]
    public void Run_WithStages_EvaluatesEachAndAnotherRunBeginsWithOne()
    {
        var output = _workspace.Succeed("run", "staged.yaml");
        Assert.Contains("stage 2 of 2, tuning", output);
        Assert.Contains("tuning begins with the encoder of step", output);
        foreach (var stage in new[] { "masked", "tuning" })
            Assert.Matches($"knn v2 .* {stage}", output);
        Assert.Contains("masked", _workspace.Succeed("checkpoints", "staged"));
        Assert.Matches("knn v2 .* masked", _workspace.Succeed("evaluate", "staged", "--stage", "masked"));
        Assert.Contains("its stages are masked, tuning", Fail("evaluate", "staged", "--stage", "third"));

        string[] begun = ["run", "tiny.yaml", "--set", "name=begun", "--set", "from=staged", "--set", "training.epochs=3", "--set", "encoder.dropout=0.1", "--set", "evaluation.protocols=[]"];
        _workspace.Succeed(begun);
        Assert.Contains("begun with", _workspace.Succeed("show", "begun"));
        Assert.Contains("does not fit the encoder", Fail([.. begun, "--set", "name=other", "--set", "encoder.width=64"]));
        Assert.Contains("there is no tag no:such", Fail([.. begun, "--set", "name=other", "--set", "from=no:such"]));
        Assert.Contains("from_sha256: staged is the encoder", Fail([.. begun, "--set", "name=other", "--set", $"from_sha256={new string('0', 64)}"]));
    }

    [Fact]
    public void Fuse_RunsOfTwoStreams_PrintsEachAndBothAndKeepsTheResult()
    {
        string[] settings = ["--set", "training.epochs=1", "--set", "training.optimizer.warmup_epochs=0", "--set", "evaluation.protocols=[]"];
        _workspace.Succeed(["run", "tiny.yaml", .. settings]);
        _workspace.Succeed(["run", "tiny.yaml", "--set", "name=bones", "--set", "view.stream=bone", .. settings]);

        var output = _workspace.Succeed("fuse", "tiny", "bones", "--weights", "1,0.5", "--out", "fusion.json");
        foreach (var line in new[] { "linear/late-fusion v2", "joint", "bone", "fused" })
            Assert.Contains(line, output);
        using var result = JsonDocument.Parse(File.ReadAllText(_workspace.In("fusion.json")));
        Assert.Equal(2, result.RootElement.GetProperty("streams").GetArrayLength());
        Assert.Equal(2, result.RootElement.GetProperty("accuracy").GetProperty("values").GetArrayLength());

        foreach (var (expected, arguments) in new (string, string[])[]
        {
            ("--weights: 2 numbers", ["--weights", "1"]),
            ("--weights: 2 numbers", ["--weights", "0,0"]),
            ("--seeds: a number from 1 to 1000", ["--seeds", "0"]),
        })
            Assert.Contains(expected, Fail(["fuse", "tiny", "bones", .. arguments]));
    }

    [Fact]
    public void Run_Monitored_SameWeightsAndItsFiguresAreShown()
    {
        string[] run = ["run", "tiny.yaml", "--set", "training.epochs=4", "--set", "evaluation.protocols=[]", "--set", "checkpoints.every_steps=0"];
        _workspace.Succeed([.. run, "--set", "name=plain"]);
        var output = _workspace.Succeed([.. run, "--set", "name=monitored", "--set", "evaluation.monitor={every_epochs: 2, neighbours: [3, 9]}"]);
        Assert.Equal(Weights("plain"), Weights("monitored"));
        Assert.Contains("kNN on training clips after epoch 4.0: k = 3 ", output);

        var lines = File.ReadAllLines(_workspace.In("runs", "monitored", "monitor.jsonl"));
        // Each is of the first checkpoint after two more epochs; how many there are in a run this short depends on how fast they are written.
        var epochs = lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("epoch").GetDouble()).ToList();
        Assert.InRange(epochs.Count, 1, 2);
        Assert.All(epochs, epoch => Assert.InRange(epoch, 2, 4));
        Assert.Equal(4, epochs[^1], 1e-9);
        Assert.False(File.Exists(_workspace.In("runs", "plain", "monitor.jsonl")));
        Assert.Contains("kNN, k = 9", File.ReadAllText(_workspace.In("runs", "monitored", "report.html")));
        Assert.Contains("monitor/knn_3", File.ReadAllText(Directory.GetFiles(_workspace.In("runs", "monitored", "tensorboard")).Single()));

        Assert.Contains("a protocol's figures are of the test side", Fail([.. run, "--set", "name=other", "--set", "checkpoints.keep_best_by=knn"]));

        string Weights(string name) => JsonDocument.Parse(File.ReadAllText(_workspace.In("runs", name, "run.json"))).RootElement.GetProperty("weights_sha256").GetString()!;
    }

    [Fact]
    public void Compare_TwoRuns_TableAndPageAndARefusal()
    {
        foreach (var seed in new[] { 1, 2 })
            _workspace.Succeed("run", "tiny.yaml", "--set", "training.epochs=3", "--set", $"seed={seed}", "--set", $"name=s{seed}", "--set", "evaluation.control=false");
        var output = _workspace.Succeed("compare", "s1", "s2", "--html", "compare.html");
        Assert.Matches(@"linear v2 +accuracy .*\[", output);
        Assert.Contains("<svg", File.ReadAllText(_workspace.In("compare.html")));

        _workspace.Succeed("run", "tiny.yaml", "--set", "training.epochs=3", "--set", "name=s3", "--set", "evaluation.protocols=[few-shot]", "--set", "evaluation.few_shot.shots=[1]");
        var (code, refusal) = _workspace.Run("compare", "s1", "s3");
        Assert.Equal(2, code);
        Assert.Contains("cannot be compared", refusal);
    }

    [Fact]
    public void Evaluate_NovelClassesAndOtherData_ArePartOfTheResult()
    {
        _workspace.Succeed("run", "tiny.yaml", "--set", "training.epochs=3", "--set", "data.hold_out_classes=[0, 1]", "--set", "evaluation.classes=base", "--set", "evaluation.control=false");
        var split = JsonDocument.Parse(File.ReadAllText(Directory.GetFiles(_workspace.In("runs", "tiny", "evaluations"), "knn-*").Single())).RootElement.GetProperty("split").GetString();
        Assert.StartsWith("xsub, classes 2-", split);
        Assert.Contains("knn/novel v2", _workspace.Succeed("evaluate", "tiny", "--protocol", "knn/novel"));

        _workspace.Succeed("data", "synthesize", "--to", "data/other", "--clips", "90", "--subjects", "6", "--frames", "16-32", "--seed", "2");
        var transfer = _workspace.Succeed("evaluate", "tiny", "--data", "data/other", "--protocol", "fine-tune", "--set", "evaluation.fine_tune={epochs: 2, batch: 8, warmup_epochs: 0, hidden: 8}", "--seeds", "1");
        Assert.Contains("transfer to", transfer);
        var (code, refusal) = _workspace.Run("evaluate", "tiny", "--set", "training.epochs=3");
        Assert.Equal(2, code);
        Assert.Contains("keys of the evaluation section are expected", refusal);
    }

    [Fact]
    public void Run_Interrupted_WritesACheckpointSaysHowToGoOnAndGoesOn()
    {
        using (var process = _workspace.Start("run", "tiny.yaml", "--set", "training.epochs=4000"))
        {
            WaitForStep(process, 3);
            process.Signal(Interrupt);
            Assert.Equal(130, process.Wait(TimeSpan.FromMinutes(2)));
            Assert.Contains("the same command goes on from there", process.Output);
        }
        using var again = _workspace.Start("run", "tiny.yaml", "--set", "training.epochs=4000");
        Assert.True(WaitFor(again, () => again.Output.Contains("resumed", StringComparison.Ordinal)), again.Output);
        again.Signal(Interrupt);
        Assert.Equal(130, again.Wait(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void Run_KilledAtRandomMoments_SameWeights()
    {
        var campaign = new KillCampaign(_workspace.Root, [_workspace.PlanFile], TextWriter.Null);
        Assert.True(campaign.Run(kills: 3, seed: 1));
    }

    [Fact]
    public void Run_HostKilled_TheSameCommandAdoptsTheWorkersWhichLoseNoStep()
    {
        // A worker that is ready late joins at the end of a step, however long a busy machine takes for one: nothing here may redo a step.
        string[] line = ["run", "tiny.yaml", "--set", "workers.max=2", "--set", "workers.threads=1", "--set", "training.epochs=4000", "--set", "recovery.join_wait=60"];
        int[] workers;
        using (var host = _workspace.Start(line))
        {
            WaitForStep(host, 10);
            workers = WorkerProcesses();
            host.Kill();
            host.Wait(TimeSpan.FromMinutes(1));
        }
        using var next = _workspace.Start(line);
        WaitForStep(next, Lines(_workspace.In("runs", "tiny", "metrics.jsonl")) + 10);
        Assert.Equal(workers, WorkerProcesses());
        Assert.Contains("w1-1", _workspace.Succeed("workers", "tiny"));

        _workspace.Succeed("cancel", "tiny");
        Assert.Equal(130, next.Wait(TimeSpan.FromMinutes(2)));
        var steps = File.ReadAllLines(_workspace.In("runs", "tiny", "metrics.jsonl")).Select(text => JsonDocument.Parse(text).RootElement.GetProperty("step").GetInt64()).ToList();
        Assert.Equal(Enumerable.Range(1, steps.Count).Select(step => (long)step), steps);
        Assert.DoesNotContain(File.ReadAllLines(_workspace.In("runs", "tiny", "generations.jsonl")), text => !text.Contains("\"redone\":0", StringComparison.Ordinal));
        Assert.False(Directory.Exists(_workspace.In("runs", "tiny", "workers")));
    }

    [Fact]
    public void Run_HostAwayForTooLong_WorkersWriteACheckpointAndEndAndTheSameCommandGoesOn()
    {
        string[] line = ["run", "tiny.yaml", "--set", "workers.max=2", "--set", "workers.threads=1", "--set", "training.epochs=4000", "--set", "checkpoints.every_steps=1000000",
            "--set", "recovery.heartbeat=0.2", "--set", "recovery.silence=2", "--set", "recovery.connect=4", "--set", "recovery.stall=6", "--set", "recovery.coordinator_absence=8"];
        int[] workers;
        using (var host = _workspace.Start(line))
        {
            WaitForStep(host, 10);
            workers = WorkerProcesses();
            host.Kill();
            host.Wait(TimeSpan.FromMinutes(1));
        }
        Assert.True(SpinWait.SpinUntil(() => workers.All(IsGone), TimeSpan.FromMinutes(2)));

        using var next = _workspace.Start(line);
        Assert.True(WaitFor(next, () => next.Output.Contains("resumed: from the checkpoint of step", StringComparison.Ordinal)), next.Output);
        next.Signal(Interrupt);
        Assert.Equal(130, next.Wait(TimeSpan.FromMinutes(2)));
        Assert.False(Directory.Exists(_workspace.In("runs", "tiny", "workers")));
    }

    [Fact]
    public void Run_SecondInterrupt_EndsHostAndWorkersAtOnce()
    {
        using var host = _workspace.Start("run", "tiny.yaml", "--set", "workers.max=2", "--set", "training.epochs=4000");
        WaitForStep(host, 5);
        var workers = WorkerProcesses();
        // A stopped worker never reaches the boundary that the first signal waits for.
        PretrainProcess.Signal(workers[1], Stop);
        host.Signal(Interrupt);
        Assert.True(WaitFor(host, () => host.Output.Contains("once more ends at once", StringComparison.Ordinal)), host.Output);
        host.Signal(Interrupt);
        host.Wait(TimeSpan.FromMinutes(1));
        Assert.True(SpinWait.SpinUntil(() => workers.All(IsGone), TimeSpan.FromMinutes(1)));
    }

    [Theory]
    [InlineData("did you mean", "run", "tiny.yaml", "--set", "training.epoch=4")]
    [InlineData("training.epochs", "run", "tiny.yaml", "--set", "training.epochs=many")]
    [InlineData("data/missing", "run", "tiny.yaml", "--set", "data.dataset=data/missing")]
    [InlineData("no-such.yaml", "run", "no-such.yaml")]
    [InlineData("no run", "evaluate", "nothing")]
    [InlineData("--plan", "evaluate", "tiny.yaml.safetensors")]
    [InlineData("cuda", "run", "tiny.yaml", "--set", "workers.device=cuda:0")]
    public void BadInput_OneErrorAndExitCode2(string expected, params string[] arguments)
    {
        File.WriteAllText(_workspace.In("tiny.yaml.safetensors"), "");
        var (code, output) = _workspace.Run(arguments);
        Assert.Equal(2, code);
        Assert.Contains(expected, output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", output);
        Assert.False(Directory.Exists(_workspace.In("runs")));
    }

    [Fact]
    public void DryRun_WithoutTheDataset_PrintsPlanDigestAndCost()
    {
        var output = _workspace.Succeed("run", "tiny.yaml", "--set", "data.dataset=data/none", "--set", "data.shape={clips: 500, persons: 2, joints: 25}", "--dry-run");
        foreach (var fact in new[] { "plan digest", "parameters", "steps", "memory", "time", "workers", "heartbeat", "silence", "connect", "stall", "absence" })
            Assert.Contains(fact, output);
        Assert.False(Directory.Exists(_workspace.In("runs")));
    }

    [Fact]
    public void Weights_OfAnotherEncoder_AreRefused()
    {
        _workspace.Succeed("run", "tiny.yaml", "--set", "training.epochs=1", "--set", "training.optimizer.warmup_epochs=0", "--set", "evaluation.protocols=[]");
        var weights = Directory.EnumerateFiles(_workspace.In("runs", "tiny", "store", "blobs")).First();
        File.Copy(weights, _workspace.In("weights.safetensors"));
        File.WriteAllText(_workspace.In("wide.yaml"), File.ReadAllText(_workspace.PlanFile).Replace("width: 32", "width: 64", StringComparison.Ordinal));
        var (code, output) = _workspace.Run("evaluate", "weights.safetensors", "--plan", "wide.yaml", "--protocol", "knn");
        Assert.Equal(2, code);
        Assert.Contains("weights.safetensors", output);
    }

    static bool WaitFor(PretrainProcess process, Func<bool> condition)
    {
        for (var i = 0; i < 600 && !process.HasExited && !condition(); i++)
            Thread.Sleep(100);
        return condition();
    }

    int[] WorkerProcesses() =>
        [.. Directory.GetFiles(_workspace.In("runs", "tiny", "workers"), "*.json").Order(StringComparer.Ordinal).Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("process_id").GetInt32())];

    static bool IsGone(int process)
    {
        try
        {
            // What only waits for its parent to ask for its exit code is gone as well.
            return File.ReadAllText($"/proc/{process}/stat").Split(' ')[2] == "Z";
        }
        catch (IOException)
        {
            return true;
        }
    }

    void WaitForStep(PretrainProcess process, int step)
    {
        var metrics = _workspace.In("runs", "tiny", "metrics.jsonl");
        Assert.True(WaitFor(process, () => File.Exists(metrics) && Lines(metrics) >= step), process.Output);
    }

    static int Lines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Count(c => c == '\n');
    }

    string Fail(params string[] arguments)
    {
        var (code, output) = _workspace.Run(arguments);
        Assert.Equal(2, code);
        return output;
    }
}
