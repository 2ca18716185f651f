using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Cli.Runs;

/// <summary><c>pretrain baselines PLAN</c>: what a plan's dataset gives without pretraining, from nothing learned to everything labelled.</summary>
public static class BaselinesCommand
{
    public static Command Create()
    {
        var seeds = new Option<int>("--seeds") { Description = "seeds of each figure", HelpName = "N", DefaultValueFactory = _ => 1 };
        seeds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--seeds: a number from 1 on is expected");
        });
        var command = new Verb("baselines", "a dataset without pretraining: 1-NN on coordinates, a random encoder, supervised training")
        {
            Group = VerbGroup.Encoders,
            Examples = [new("pretrain baselines configs/demo.yaml", "three figures to hold a pretrained encoder's against")],
        };
        var plan = new PlanArguments().AddTo(command);
        command.Add(seeds);
        command.SetAction((parse, cancellation) =>
        {
            Run(plan.Read(parse), parse.GetValue(seeds), parse.Output(), cancellation);
            return Task.FromResult(Entry.Done);
        });
        return command;
    }

    static void Run(Plan plan, int count, TextWriter output, CancellationToken cancellation)
    {
        var seeds = Enumerable.Range(1, count).Select(seed => (long)seed).ToList();
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        using var encoder = EncoderFactory.Create(plan.Encoder, ClipShape.Of(dataset, plan.View.Frames), (ulong)plan.Seed);
        using var lanes = new LanePool(Lanes.OfRun(plan));
        var device = ComputeDevice.Named(plan.Workers.Device);
        encoder.to(device);
        encoder.eval();
        var clips = new EvaluationClips(dataset, plan.Data.Split);
        var evaluation = new EncoderEvaluation(encoder, EncoderEvaluation.RandomWeights, null, clips, plan.View, lanes, TimeProvider.System, device, cancellation: cancellation) { Settings = plan.Evaluation };
        var results = new List<EvaluationResult>();
        foreach (var protocol in new EvaluationProtocol[] { new RawNearestNeighbour(), new LinearProbe(), new Supervised() })
        {
            output.WriteLine($"{protocol.Name}: {protocol.Summary}");
            results.Add(evaluation.Run(protocol, seeds, [], cancellation));
        }
        foreach (var result in results)
            output.WriteLine(EvaluationTable.Headline(result));
    }
}
