using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PretrainCluster.Cli.Cluster;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Skeletons;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Layouts;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Bench.Gangs;

/// <summary>
/// `bench recipes`: whether recipes of full size resolve, without their dataset and on a synthesized one of its shape, and whether a step of each of their stages stays within the memory
/// that `--dry-run` states.
/// </summary>
static partial class RecipesBench
{
    const string Split = "xsub";
    const double MostSeconds = 3600;

    public static Command Command()
    {
        var recipes = new Argument<string[]>("RECIPES") { Description = "plans, or folders of them", DefaultValueFactory = _ => ["configs/ntu60-xsub"] };
        var command = new Command("recipes", "Resolves recipes of full size, and trains one step of each of their stages: memory at its highest, beside what is stated") { recipes };
        var micro = new Option<int>("--micro-batches") { Description = "of a step; by default a whole step. A few take as much memory as all, in less time", DefaultValueFactory = _ => int.MaxValue };
        command.Add(micro);
        command.SetAction(parse => Run(parse.InvocationConfiguration.Output, Files(parse.GetValue(recipes)!), Math.Max(1, parse.GetValue(micro))));
        return command;
    }

    static List<string> Files(string[] recipes)
    {
        var files = recipes.SelectMany(recipe => Directory.Exists(recipe) ? Directory.GetFiles(recipe, "*.yaml").Order(StringComparer.Ordinal) : (IEnumerable<string>)[recipe]).ToList();
        return files.Count > 0 ? files : throw new InputException($"bench recipes: no plan (*.yaml) in {string.Join(", ", recipes)}");
    }

    static int Run(TextWriter output, List<string> files, int microBatches)
    {
        var root = Directory.CreateTempSubdirectory("pretrain-recipes-").FullName;
        try
        {
            var (missed, recipes) = (0, files.Select(file => (File: file, Plan: PlanText.Read(file, Methods.BuiltIn))).ToList());
            var data = Path.Combine(root, "data");
            var clips = recipes.Max(recipe => PlanStages.Of(recipe.Plan).Max(stage => stage.Training.Batch.Clips));
            Synthesize(data, clips, recipes.Max(recipe => recipe.Plan.Data.Shape?.Persons ?? 1));
            output.WriteLine($"{clips} synthesized clips; GiB of a worker process with as many micro-batches at a time as this machine has cores");
            output.WriteLine(microBatches == int.MaxValue ? "whole steps" : $"at most {microBatches} micro-batches of a step");
            output.WriteLine("stated   highest    s    recipe, stage");
            foreach (var (file, plan) in recipes)
            {
                DryRun(file);
                string[] settings = [$"data.dataset={data}", $"data.split={Split}", "data.shape=null"];
                var stated = DryRun(file, settings);
                var stages = PlanStages.Of(PlanText.Read(file, Methods.BuiltIn, settings));
                for (var i = 0; i < stages.Count; i++)
                {
                    var (bytes, seconds) = Step(stages[i] with { Training = stages[i].Training with { Batch = Part(stages[i].Training.Batch, microBatches) } });
                    var gibibytes = bytes / (double)(1L << 30);
                    missed += gibibytes > stated[i] ? 1 : 0;
                    output.WriteLine($"{stated[i],6:0.0} {gibibytes,9:0.0} {seconds,7:0.0}   {plan.Name}{(stages.Count > 1 ? $", {plan.Stages[i].Name}" : "")}{(gibibytes > stated[i] ? "   more than is stated" : "")}");
                }
            }
            output.WriteLine(missed == 0 ? $"{recipes.Count} of {recipes.Count} recipes resolve, and train within the memory stated" : $"{missed} stages take more memory than is stated");
            return missed == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    static BatchPlan Part(BatchPlan batch, int microBatches) =>
        microBatches >= batch.MicroBatches ? batch : batch with { Clips = batch.Clips / batch.MicroBatches * microBatches, MicroBatches = microBatches };

    /// <summary>One step in a worker process of its own, from its first word to its end.</summary>
    static (long Bytes, double Seconds) Step(Plan stage)
    {
        using var run = GangRun.Start(stage with
        {
            Name = "bench",
            Workers = stage.Workers with { Min = 1, Max = 1 },
            Checkpoints = new() { EverySteps = 1_000_000_000 },
            // A micro-batch for a GPU takes its time on a CPU.
            Recovery = stage.Recovery with { Stall = MostSeconds, CoordinatorAbsence = 2 * MostSeconds },
            Evaluation = new() { Protocols = [] },
        });
        var worker = run.AwaitTraining(1)[0];
        using var process = Process.GetProcessById(worker.ProcessId);
        var (step, _) = run.Await(0, said => said is StepMetrics, TimeSpan.FromSeconds(MostSeconds));
        process.Refresh();
        var highest = process.PeakWorkingSet64;
        // It is in the midst of another step, which a host that stops would wait for.
        process.Kill();
        run.Stop();
        return (highest, stage.Training.Batch.Clips / ((StepMetrics)step.What).ClipsPerSecond);
    }

    /// <returns>the memory stated for each stage, GiB</returns>
    static List<double> DryRun(string file, params string[] settings)
    {
        var program = WorkerCommand.Program;
        var start = new ProcessStartInfo(program.File, [program.Arguments[0], "run", file, .. settings.SelectMany(setting => (string[])["--set", setting]), "--dry-run"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? [.. Memory().Matches(said).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"{file} does not resolve: {errors.Result.Trim()}");
    }

    [GeneratedRegex(@"^memory +about ([0-9.]+) GiB", RegexOptions.Multiline)]
    private static partial Regex Memory();

    /// <summary>Clips of NTU RGB+D's shape: 25 joints, some seconds long, with as many persons side by side. So many train, and one is the test side.</summary>
    static void Synthesize(string folder, int clips, int persons)
    {
        var bodies = new SkeletonSynthesizer(new SynthesisOptions { Clips = (clips + 1) * persons });
        using var writer = new DatasetWriter(folder, new DatasetHeader("ntu-shaped", JointLayouts.KinectV2, persons, SkeletonSynthesizer.Classes, "synthesized"));
        for (var i = 0; i <= clips; i++)
        {
            Clip[] together = [.. Enumerable.Range(0, persons).Select(person => bodies.Generate((long)i * persons + person))];
            var (frames, width) = (together.Min(body => body.Frames), together[0].Joints * 3);
            var positions = new float[frames * persons * width];
            for (var frame = 0; frame < frames; frame++)
                for (var person = 0; person < persons; person++)
                    together[person].Positions.AsSpan(frame * width, width).CopyTo(positions.AsSpan((frame * persons + person) * width));
            writer.Add(together[0] with { Persons = persons, Frames = frames, Positions = positions });
        }
        writer.AddSplit(Split, [.. Enumerable.Range(0, clips).Select(clip => (long)clip)], [clips], "all clips but one train");
        writer.Commit();
    }
}
