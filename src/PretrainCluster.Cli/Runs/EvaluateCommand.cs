using PretrainCluster.Learning;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Training.Evaluation;

namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain evaluate CHECKPOINT</c>: named protocols on a frozen encoder, beside the same encoder with random weights.</summary>
public static class EvaluateCommand
{
    public static Command Create()
    {
        var protocols = new Option<string>("--protocol") { Description = $"protocols, separated by commas: {EvaluationProtocol.Names(Methods.BuiltIn)}; by default those of the plan", HelpName = "NAMES" };
        var data = new Option<string>("--data") { Description = "evaluate on this dataset instead of the plan's", HelpName = "DATASET" };
        var split = new Option<string>("--split") { Description = "evaluate on this split instead of the plan's", HelpName = "SPLIT" };
        var novel = new Option<string>("--novel") { Description = "classes that count as novel, e.g. 60-119 or 0,6,12; by default those that the plan held out", HelpName = "CLASSES" };
        var set = new Option<string[]>("--set") { Description = "override a key of the plan's evaluation section, or view.crop.evaluation, e.g. --set evaluation.fine_tune.epochs=20; may be given again", HelpName = "KEY=VALUE" };
        var seeds = new Option<int?>("--seeds") { Description = "seeds of each protocol", HelpName = "N" };
        var stage = new Option<string>("--stage") { Description = "the newest checkpoint of this stage alone; by default, of a run with stages, what each of them ended with", HelpName = "NAME" };
        var heldOut = new Option<bool>("--held-out-subjects") { Description = "score subjects of the training side in turn and leave the test side alone: what to choose a recipe's settings by" };
        var runs = RunsOption.Create();
        var command = new Verb("evaluate", "linear, kNN, few-shot and other protocols on a frozen encoder, beside random weights")
        {
            Group = VerbGroup.Encoders,
            Examples =
            [
                new("pretrain evaluate demo --protocol linear,knn,few-shot", "the newest checkpoint of the run demo; results join its report"),
                new("pretrain evaluate demo@2250 --protocol knn", "the checkpoint of step 2250, which ends the first stage"),
                new("pretrain evaluate stars-small --stage mamp --protocol knn", "what one stage of a run ended with"),
                new("pretrain evaluate mamp --data data/ntu120 --split xsub --novel 60-119 --protocol knn/novel,few-shot", "classes that pretraining did not see, of another dataset"),
                new("pretrain evaluate mamp --data data/pku-mmd-2 --split xsub --protocol fine-tune --set evaluation.fine_tune.epochs=50", "transfer: trained on with the labels of another dataset"),
                new("pretrain evaluate demo --protocol linear,knn --held-out-subjects", "on the training side alone, to choose settings by"),
                new("pretrain evaluate weights.safetensors --plan configs/ntu60-xsub/mamp.yaml --protocol knn", "weights in a file of their own, with the plan that describes the encoder"),
            ],
        };
        var encoder = new EncoderArguments().AddTo(command);
        foreach (var option in new Option[] { protocols, data, split, novel, seeds, set, stage, heldOut, runs })
            command.Add(option);
        command.SetAction((parse, cancellation) =>
        {
            var output = parse.InvocationConfiguration.Output;
            var source = encoder.Find(parse, parse.GetRequiredValue(runs));
            var trained = Override(source.Plan, encoder.Kinds(parse), parse.GetValue(set) ?? []);
            var novelClasses = parse.GetValue(novel) is { } text ? ClassRanges.Parse(text) : trained.Evaluation.NovelClasses;
            var plan = trained with
            {
                Data = Data(trained.Data, parse.GetValue(data), parse.GetValue(split)),
                Evaluation = trained.Evaluation with
                {
                    Protocols = parse.GetValue(protocols) is { } names ? Named(names, trained, encoder.Kinds(parse)) : trained.Evaluation.Protocols,
                    Seeds = parse.GetValue(seeds) ?? trained.Evaluation.Seeds,
                    NovelClasses = novelClasses,
                },
            };
            Evaluate(source, parse.GetValue(stage) is { } named ? [source.OfStage(named)] : source.WithStagesBefore(), plan, parse.GetValue(heldOut), output, cancellation);
            return Task.FromResult(Entry.Done);
        });
        return command;
    }

    static Plan Override(Plan plan, PlanKinds kinds, string[] settings) =>
        settings.FirstOrDefault(setting => !setting.StartsWith("evaluation.", StringComparison.Ordinal) && !setting.StartsWith("view.crop.evaluation=", StringComparison.Ordinal)) is { } other
            ? throw new InputException($"--set {other}: keys of the evaluation section are expected, e.g. evaluation.few_shot.shots=[1,5], or view.crop.evaluation; everything else was decided when the encoder was trained")
            : settings.Length == 0 ? plan : PlanText.Parse(PlanText.Write(plan), kinds, overrides: settings);

    // With the settings that the plan has for it, or else its own defaults.
    static IReadOnlyList<ProtocolPlan> Named(string names, Plan plan, PlanKinds kinds) =>
    [
        .. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(name =>
            plan.Evaluation.Protocols.FirstOrDefault(protocol => protocol.Kind == name) ?? EvaluationProtocol.Find(kinds, name)),
    ];

    // Classes that were held out have their numbers in the plan's own dataset.
    static DataPlan Data(DataPlan plan, string? dataset, string? split) => plan with
    {
        Dataset = dataset ?? plan.Dataset,
        Split = split ?? plan.Split,
        HoldOutClasses = dataset is null || dataset == plan.Dataset ? plan.HoldOutClasses : [],
    };

    static void Evaluate(EncoderSource source, IReadOnlyList<EncoderSource> sources, Plan plan, bool heldOutSubjects, TextWriter output, CancellationToken cancellation)
    {
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        var device = ComputeDevice.Named(plan.Workers.Device);
        using var runLock = source.Folder is { } locked ? RunLock.Acquire(locked.Path) : null;
        IReadOnlyList<EvaluationResult> results;
        using (var view = RunViews.Open(output, TimeProvider.System))
            results = new RunEvaluation(plan, dataset, source.Folder, device, view, TimeProvider.System, heldOutSubjects).Run(sources, source.Folder?.ReadInfo(), cancellation);
        output.WriteLine();
        EvaluationTable.Write(results, output);
        if (source.Folder is { } folder)
            output.WriteLine($"report: {RunReport.Write(folder, dataset.Description, TimeProvider.System.GetUtcNow())}");
    }
}
