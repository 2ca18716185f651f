using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PretrainCluster.Faults;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>The Slurm batch script starts real nodes, a job's machines being addresses of loopback; only Slurm's own programs are stand-ins.</summary>
public sealed class SlurmJobTests : IDisposable
{
    const int User1 = 10;

    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(6);

    readonly Workspace _workspace = new();

    // Below the ports that the system chooses, and another one for each process of tests.
    readonly int _port = 20001 + 3 * (Environment.ProcessId % 3000);

    public SlurmJobTests()
    {
        File.WriteAllText(_workspace.In("pretrain"), $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "pretrain.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_workspace.In("pretrain"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var plan = File.ReadAllText(_workspace.PlanFile).Replace("protocols: [linear, knn]", "protocols: []");
        File.WriteAllText(_workspace.In("job.yaml"), $"{plan}\nworkers: {{max: 2, threads: 1}}\nrecovery: {{silence: 25}}\n");
    }

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Job_PreemptedInMidRun_GoesOnInTheNextOneToTheWeightsOfASingleMachine()
    {
        _workspace.Succeed("run", "job.yaml", "--set", "workers.max=1");

        var calls = Path.Combine(_workspace.In("fake"), "calls");
        using (var job = Start(machines: 3, slots: 1))
        {
            var output = job.StandardOutput.ReadToEndAsync();
            var metrics = _workspace.In("shared", "tiny", "metrics.jsonl");
            for (var began = DateTime.UtcNow; !File.Exists(metrics) || File.ReadLines(metrics).Count() < 20; Thread.Sleep(20))
                Assert.True(DateTime.UtcNow - began < s_limit && !job.HasExited, job.HasExited ? await output : "no step within the limit");
            PretrainProcess.Signal(job.Id, User1);
            End(job);
        }
        Assert.Contains("scontrol requeue 17", File.ReadLines(calls));
        Assert.Null(Info("shared").Weights);

        using (var job = Start(machines: 1, slots: 2))
        {
            var output = job.StandardOutput.ReadToEndAsync();
            End(job);
            Assert.True(job.ExitCode == 0, await output);
        }
        Assert.Equal(Info("runs"), Info("shared"));
    }

    Process Start(int machines, int slots)
    {
        if (Directory.Exists(_workspace.In("fake")))
            Directory.Delete(_workspace.In("fake"), recursive: true);
        Directory.CreateDirectory(_workspace.In("fake"));
        File.WriteAllText(_workspace.In("fake", "steps"), "");
        var start = new ProcessStartInfo("bash", [Checkout.At("cluster", "slurm", "pretrain.sbatch"), "job.yaml"]) { RedirectStandardOutput = true, WorkingDirectory = _workspace.Root };
        foreach (var (name, value) in new[]
        {
            ("PATH", $"{Checkout.At("tests", "PretrainCluster.Cli.Tests", "Deployment", "slurm")}:{Environment.GetEnvironmentVariable("PATH")}"),
            ("SLURM_FAKE", _workspace.In("fake")), ("SLURM_JOB_ID", "17"), ("SLURM_JOB_NUM_NODES", machines.ToString(CultureInfo.InvariantCulture)), ("SLURM_SUBMIT_DIR", _workspace.Root),
            ("PRETRAIN", _workspace.In("pretrain")), ("PRETRAIN_RUNS", "shared"), ("PRETRAIN_NETWORK", "127."), ("PRETRAIN_PORT", _port.ToString(CultureInfo.InvariantCulture)),
            ("PRETRAIN_SLOTS", slots.ToString(CultureInfo.InvariantCulture)),
        })
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    static void End(Process job)
    {
        if (job.WaitForExit(s_limit))
            return;
        job.Kill(entireProcessTree: true);
        Assert.Fail("the job does not end");
    }

    (string? Weights, int Step) Info(string runs)
    {
        using var info = JsonDocument.Parse(File.ReadAllText(_workspace.In(runs, "tiny", "run.json")));
        var root = info.RootElement;
        return (root.TryGetProperty("weights_sha256", out var weights) ? weights.GetString() : null, root.GetProperty("step").GetInt32());
    }
}
