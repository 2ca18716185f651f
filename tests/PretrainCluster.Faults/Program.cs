using System.CommandLine;
using PretrainCluster.Cli.Runs;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Faults;
using PretrainCluster.Faults.Clusters;
using PretrainCluster.Faults.Schedules;
using PretrainCluster.Faults.Simulation;
using PretrainCluster.Learning;

const string DemoDataset = "data/demo";
var plan = new Argument<string>("plan") { Description = "the plan to run, e.g. configs/demo.yaml" };
var set = new Option<string[]>("--set") { Description = "override a key of the plan, e.g. training.epochs=2", AllowMultipleArgumentsPerToken = false };
var times = new Option<int>("--times") { Description = "how often it is killed", DefaultValueFactory = _ => 20 };
var seed = new Option<ulong>("--seed") { Description = "seed of the moments", DefaultValueFactory = _ => 1 };
var kill = new Command("kill", "kill -9 at random moments, each time followed by the same command; the weights must be those of the undisturbed run") { plan, set, times, seed };
var scheduled = new Argument<string>("plan") { Description = "the plan to train under schedules of faults, e.g. configs/faults.yaml", Arity = ArgumentArity.ZeroOrOne };
var schedules = new Option<int>("--schedules") { Description = "trainings, each under a schedule of its own", DefaultValueFactory = _ => 50 };
var from = new Option<int>("--from") { Description = "the first of them that is run: goes on with a campaign, or repeats one schedule of it", DefaultValueFactory = _ => 1 };
from.Validators.Add(result =>
{
    if (result.GetValue(from) < 1 || result.GetValue(from) > result.GetValue(schedules))
        result.AddError($"--from: a number from 1 to {result.GetValue(schedules)} is expected, not {result.GetValue(from)}");
});
var keep = new Option<bool>("--keep") { Description = "keep the folders of schedules that did not end well" };
var cluster = new Command("cluster", "the same by a cluster: three coordinator nodes and four worker nodes on addresses of their own, machines that lose their power, a network that parts") { plan, schedules, from, set, seed, keep };
var failover = new Command("failover", "how long a cluster is without a coordinator when the machine that carries it loses its power, and what training notices") { plan, times, set, keep };
var minutes = new Option<double>("--minutes") { Description = "how long", DefaultValueFactory = _ => 10 };
var quiet = new Command("quiet", "a cluster on a machine whose every core is busy: no node may be taken for dead") { minutes, keep };
var root = new RootCommand("Faults on purpose: real processes, real signals. With a plan: whole trainings, each under a random schedule of faults.") { scheduled, schedules, from, set, seed, keep, kill, cluster, failover, quiet, SimulateCommand.Create() };
kill.SetAction((result, _) => Carry(result, directory =>
{
    var equal = new KillCampaign(directory, PlanArguments(result.GetRequiredValue(plan), result.GetValue(set) ?? []), Console.Out).Run(result.GetValue(times), result.GetValue(seed));
    Console.WriteLine(equal ? "same weights" : "the weights differ");
    return Task.FromResult(equal);
}));
root.SetAction(async (result, cancellation) =>
{
    if (result.GetValue(scheduled) is not { } path)
    {
        Console.Error.WriteLine("faults: a plan is expected, e.g. configs/faults.yaml, or one of kill, cluster, failover, quiet and simulate; --help says more");
        return 2;
    }
    return await Carry(result, directory => new ScheduleCampaign(directory, PlanArguments(path, result.GetValue(set) ?? []), Console.Out).RunAsync(result.GetValue(from), result.GetValue(schedules), result.GetValue(seed), cancellation));
});
cluster.SetAction((result, cancellation) => Carry(result, directory =>
    new ClusterCampaign(directory, PlanArguments(result.GetRequiredValue(plan), result.GetValue(set) ?? []), Console.Out).RunAsync(result.GetValue(from), result.GetValue(schedules), result.GetValue(seed), cancellation)));
failover.SetAction((result, cancellation) => Carry(result, directory =>
    new FailoverMeasure(directory, PlanArguments(result.GetRequiredValue(plan), result.GetValue(set) ?? []), Console.Out).RunAsync(result.GetValue(times), cancellation)));
quiet.SetAction((result, cancellation) => Carry(result, directory => new QuietMeasure(directory, Console.Out).RunAsync(result.GetValue(minutes), cancellation)));
var parsed = root.Parse(args);
if (parsed.Errors is [var error, ..])
{
    Console.Error.WriteLine($"faults: {error.Message}; --help says more");
    return 2;
}
// Ending what was started takes longer than the two seconds that the parser grants after a signal.
return parsed.Invoke(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

async Task<int> Carry(ParseResult result, Func<string, Task<bool>> campaign)
{
    var directory = Directory.CreateTempSubdirectory("pretrain-faults-").FullName;
    var well = false;
    try
    {
        well = await campaign(directory);
        return well ? 0 : 1;
    }
    catch (InputException unusable)
    {
        Console.Error.WriteLine(unusable.Message);
        return 2;
    }
    catch (OperationCanceledException)
    {
        Console.Error.WriteLine("stopped on request; its processes are ended");
        return 130;
    }
    finally
    {
        if (well || !result.GetValue(keep))
            Directory.Delete(directory, recursive: true);
        else
            Console.WriteLine($"kept in {directory}");
    }
}

// The runs lie in a folder of their own, the dataset where the plan says, seen from here.
static string[] PlanArguments(string plan, string[] settings)
{
    var file = Path.GetFullPath(plan);
    var read = PlanText.Read(file, Methods.BuiltIn, settings);
    var dataset = Path.GetFullPath(read.Data.Dataset);
    // The plans of the project train on what the demo makes; a fresh clone has not made it yet.
    if (read.Data.Dataset == DemoDataset)
        DemoCommand.MakeDataset(dataset, seed: 1, Console.Out, CancellationToken.None);
    return [file, .. settings.Append($"data.dataset={dataset}").SelectMany(setting => new[] { "--set", setting })];
}
