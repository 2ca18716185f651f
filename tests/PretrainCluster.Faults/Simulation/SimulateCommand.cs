using System.CommandLine;

namespace PretrainCluster.Faults.Simulation;

/// <summary><c>./pretrain simulate</c>.</summary>
public static class SimulateCommand
{
    public static Command Create()
    {
        var workers = new Option<int>("--workers") { Description = "slots of the cluster, one worker each", DefaultValueFactory = _ => 10_000 };
        var runs = new Option<int>("--runs") { Description = "runs that are submitted", DefaultValueFactory = _ => 1_000 };
        var hours = new Option<double>("--hours") { Description = "simulated hours", DefaultValueFactory = _ => 24 };
        var seed = new Option<ulong>("--seed") { Description = "seed of everything; the same seed simulates the same", DefaultValueFactory = _ => 1 };
        var plant = new Option<PlantedBug>("--plant") { Description = "put a bug into what the coordinator says, to see it found" };
        var from = new Option<long>("--plant-from") { Description = "the event from which on it strikes", DefaultValueFactory = _ => 5_000 };
        workers.Validators.Add(result => Require(result, result.GetValueOrDefault<int>() is >= 8 and <= 1_000_000, "8 to 1000000"));
        runs.Validators.Add(result => Require(result, result.GetValueOrDefault<int>() is >= 3 and <= 100_000, "3 to 100000"));
        hours.Validators.Add(result => Require(result, result.GetValueOrDefault<double>() is > 0 and <= 150, "more than 0 and at most 150"));
        var command = new Command("simulate", "the coordinator through a day of a large cluster on simulated time, with faults and invariants") { workers, runs, hours, seed, plant, from };
        command.SetAction(result =>
        {
            var options = new SimulationOptions
            {
                Workers = result.GetValue(workers),
                Runs = result.GetValue(runs),
                Hours = result.GetValue(hours),
                Seed = result.GetValue(seed),
                Plant = result.GetValue(plant),
                PlantFrom = result.GetValue(from),
            };
            var report = new Simulator(options).Run();
            report.Print(Console.Out, options);
            return report.Violation is null ? 0 : 1;
        });
        return command;
    }

    static void Require(System.CommandLine.Parsing.OptionResult result, bool fits, string expected)
    {
        if (!fits)
            result.AddError($"{result.Option.Name}: {expected} is expected");
    }
}
