using PretrainCluster.Learning;
using PretrainCluster.Skeletons.Synthesis;

namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain demo</c>: from nothing to a table and a report, on synthesized motions.</summary>
public static class DemoCommand
{
    const string PlanResource = "demo.yaml";

    public static Command Create()
    {
        var seed = new Option<int>("--seed") { Description = "of the synthesized motions and of the run", HelpName = "N", DefaultValueFactory = _ => 1 };
        seed.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--seed: a number from 1 on is expected");
        });
        var runs = RunsOption.Create();
        var command = new Verb("demo", "synthesize motions, pretrain an encoder on them, evaluate it; a few minutes on two cores")
        {
            Group = VerbGroup.Start,
            Examples = [new("pretrain demo", "data/demo, runs/demo and its report; the same line again shows what exists and goes on")],
        };
        command.Add(seed);
        command.Add(runs);
        command.SetAction((parse, cancellation) =>
            Task.FromResult(Run(parse.GetValue(seed), parse.GetRequiredValue(runs), parse.Output(), cancellation)));
        return command;
    }

    static int Run(int seed, string runs, TextWriter output, CancellationToken cancellation)
    {
        var name = seed == 1 ? "demo" : $"demo-seed{seed}";
        var plan = PlanText.Parse(PlanYaml(), Methods.BuiltIn, PlanResource, [$"name={name}", $"seed={seed}", $"data.dataset=data/{name}"]);
        if (!MakeDataset(plan.Data.Dataset, (ulong)seed, output, cancellation))
            output.WriteLine($"dataset: {plan.Data.Dataset} is there");
        return RunSession.Execute(plan, [], runs, output, TimeProvider.System, cancellation);
    }

    /// <summary>Synthesizes the demo's motions; false where the folder has a dataset already.</summary>
    public static bool MakeDataset(string folder, ulong seed, TextWriter output, CancellationToken cancellation)
    {
        if (File.Exists(Path.Combine(folder, DatasetDescription.FileName)))
            return false;
        var dataset = new SkeletonSynthesizer(new SynthesisOptions { Seed = seed }).WriteTo(folder, new DatasetWriterOptions(), null, cancellation);
        output.WriteLine($"dataset: {folder}, {dataset.Clips} synthesized clips of {dataset.Classes.Count} motions by {dataset.Subjects.Count} subjects");
        return true;
    }

    static string PlanYaml()
    {
        using var stream = typeof(DemoCommand).Assembly.GetManifestResourceStream(PlanResource)
            ?? throw new InvalidOperationException($"{PlanResource} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
