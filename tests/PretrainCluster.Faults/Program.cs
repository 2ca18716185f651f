using System.CommandLine;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Faults;
using PretrainCluster.Faults.Simulation;

var plan = new Argument<string>("plan") { Description = "the plan to run, e.g. configs/demo.yaml" };
var set = new Option<string[]>("--set") { Description = "override a key of the plan, e.g. training.epochs=2", AllowMultipleArgumentsPerToken = false };
var times = new Option<int>("--times") { Description = "how often the process is killed", DefaultValueFactory = _ => 20 };
var seed = new Option<ulong>("--seed") { Description = "seed of the moments", DefaultValueFactory = _ => 1 };
var kill = new Command("kill", "kill -9 at random moments, each time followed by the same command; the weights must be those of the undisturbed run") { plan, set, times, seed };
kill.SetAction(result =>
{
    var directory = Directory.CreateTempSubdirectory("pretrain-faults-").FullName;
    try
    {
        var file = Path.GetFullPath(result.GetRequiredValue(plan));
        var settings = result.GetValue(set) ?? [];
        // The runs lie in a folder of their own, the dataset where the plan says, seen from here.
        var dataset = Path.GetFullPath(PlanText.Read(file, settings).Data.Dataset);
        var arguments = settings.Append($"data.dataset={dataset}").SelectMany(setting => new[] { "--set", setting });
        var campaign = new KillCampaign(directory, [file, .. arguments], Console.Out);
        var equal = campaign.Run(result.GetValue(times), result.GetValue(seed));
        Console.WriteLine(equal ? "same weights" : "the weights differ");
        return equal ? 0 : 1;
    }
    catch (InputException unusable)
    {
        Console.Error.WriteLine(unusable.Message);
        return 2;
    }
    finally
    {
        Directory.Delete(directory, recursive: true);
    }
});

var root = new RootCommand("Faults on purpose: real processes, real signals.") { kill, SimulateCommand.Create() };
return root.Parse(args).Invoke();
