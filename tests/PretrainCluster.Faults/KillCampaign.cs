using System.Diagnostics;
using System.Text.Json;
using PretrainCluster.Core;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Faults;

/// <summary>
/// One run to the end undisturbed, the same run again with `kill -9` at random moments, each followed by the same command:
/// both must end with the same weights.
/// </summary>
public sealed class KillCampaign(string workingDirectory, IReadOnlyList<string> planArguments, TextWriter output)
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <returns>true if the weights have one SHA-256</returns>
    public bool Run(int kills, ulong seed)
    {
        var watch = Stopwatch.StartNew();
        var undisturbed = Finish("undisturbed");
        var duration = watch.Elapsed;
        output.WriteLine($"undisturbed: {undisturbed.Steps} steps in {duration.TotalSeconds:F1} s, weights {undisturbed.WeightsSha256}");

        var random = new CounterRandom(seed, RandomPurpose.Evaluation);
        var done = 0;
        var attempts = 0;
        while (done < kills && attempts++ < 10 * kills)
        {
            // Start-up alone takes a good part of a short run, so a moment is drawn from the whole of it.
            var moment = TimeSpan.FromSeconds(random.NextDouble(0.05, 0.9) * duration.TotalSeconds);
            var before = StepOf("killed");
            using var process = Start("killed");
            if (process.WaitFor(moment))
            {
                if (StepOf("killed") is { } finished && finished.Status == RunStatus.Finished)
                {
                    // It got to its end before the signal: begin again, the number of kills is what counts.
                    Check("killed", undisturbed);
                    Directory.Delete(RunDirectory("killed"), recursive: true);
                    continue;
                }
                throw new InvalidOperationException($"pretrain ended by itself:\n{process.Output}");
            }
            // Now the host alone, whose workers the next one adopts; now everything, so that only the checkpoints are left.
            var all = random.Next(2) == 1;
            process.Kill();
            if (all)
                KillWorkers("killed");
            process.Wait(Limit);
            done++;
            output.WriteLine($"kill {done,3}: {(all ? "everything" : "the host"),-10} after {moment.TotalSeconds,5:F1} s, step {StepText(before)} -> {StepText(StepOf("killed"))}");
        }
        var last = Finish("killed");
        output.WriteLine($"after {done} kills: weights {last.WeightsSha256}");
        return done == kills && Check("killed", undisturbed);
    }

    static string StepText(RunInfo? run) => run is null ? "-" : run.Step.ToString();

    bool Check(string name, RunInfo undisturbed)
    {
        var equal = StepOf(name)?.WeightsSha256 == undisturbed.WeightsSha256 && undisturbed.WeightsSha256 is not null;
        if (!equal)
            output.WriteLine($"DIFFERENT: {StepOf(name)?.WeightsSha256} instead of {undisturbed.WeightsSha256}");
        return equal;
    }

    void KillWorkers(string name)
    {
        var folder = Path.Combine(RunDirectory(name), "workers");
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [])
        {
            using var record = JsonDocument.Parse(File.ReadAllText(file));
            PretrainProcess.Signal(record.RootElement.GetProperty("process_id").GetInt32(), 9);
        }
    }

    string RunDirectory(string name) => Path.Combine(workingDirectory, "runs", name);

    PretrainProcess Start(string name) => PretrainProcess.Start(workingDirectory, ["run", .. planArguments, "--set", $"name={name}", "--set", "evaluation.protocols=[]"]);

    RunInfo Finish(string name)
    {
        using var process = Start(name);
        var code = process.Wait(Limit);
        var run = StepOf(name);
        return code == 0 && run?.Status == RunStatus.Finished ? run : throw new InvalidOperationException($"the run '{name}' ended with exit code {code}:\n{process.Output}");
    }

    RunInfo? StepOf(string name)
    {
        var path = Path.Combine(RunDirectory(name), "run.json");
        return File.Exists(path) ? JsonSerializer.Deserialize<RunInfo>(File.ReadAllText(path), JsonText.Indented) : null;
    }
}
