using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Protocols;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Training.Evaluation;

/// <summary>Evaluates an encoder, and the same encoder with random weights beside it, as a plan's evaluation section says.</summary>
/// <param name="folder">results are kept there, and what is there already is not computed again; null keeps nothing</param>
/// <param name="heldOutSubjects">score subjects of the training side in turn, and leave the test side alone</param>
public sealed class RunEvaluation(
    Plan plan, SkeletonDataset dataset, RunFolder? folder, Device device, IRunObserver observer, TimeProvider clock, bool heldOutSubjects = false)
{
    /// <summary>Whether a result is what a plan asks of a protocol as it is now: with the plan's settings, test view, seeds and novel classes.</summary>
    /// <param name="encoder"><see cref="EncoderEvaluation.Pretrained"/> or <see cref="EncoderEvaluation.RandomWeights"/></param>
    /// <param name="dataset">its digest</param>
    /// <param name="split">what results say of it, <see cref="SplitOf"/></param>
    public static bool IsResultOf(EvaluationResult result, Plan plan, EvaluationProtocol protocol, string encoder, string dataset, string split) =>
        result.Protocol == protocol.Name && result.Version == protocol.Version && result.Settings == protocol.Settings(plan.Evaluation) && result.DatasetSha256 == dataset && result.Split == split
        && result.Encoder == EncoderEvaluation.EncoderOf(protocol, encoder) && result.Crop == EncoderEvaluation.CropOf(protocol, plan.View) && result.Seeds.SequenceEqual(SeedsOf(plan)) && result.NovelClasses.SequenceEqual(plan.NovelClasses());

    /// <summary>What results of a protocol say of a plan's split: with its classes, where it works on some alone.</summary>
    /// <param name="classes">that the dataset has</param>
    public static string SplitOf(Plan plan, EvaluationProtocol protocol, int classes) =>
        ClassesOf(plan, protocol.OnNovelClasses, classes) is { } alone ? EvaluationClips.NameOf(plan.Data.Split, alone) : plan.Data.Split;

    /// <summary>Evaluates encoders of one run, such as those that its stages ended with, beside one control.</summary>
    /// <returns>all results, the control's first</returns>
    public IReadOnlyList<EvaluationResult> Run(IReadOnlyList<EncoderSource> sources, RunInfo? info, CancellationToken cancellation)
    {
        var results = new List<EvaluationResult>();
        foreach (var source in sources)
        {
            var (encoder, checkpoint) = source.Load(dataset);
            using var _ = encoder;
            encoder.to(device);
            results.AddRange(Run(encoder, checkpoint, info, plan.Evaluation.Control && source == sources[0], cancellation));
        }
        return results;
    }

    /// <param name="encoder">the pretrained one</param>
    /// <param name="checkpoint">digest of the manifest that its weights come from; null for a bare weights file</param>
    /// <param name="info">what the observer is shown; null for an encoder without a run</param>
    /// <returns>all results, the control's first</returns>
    public IReadOnlyList<EvaluationResult> Run(SkeletonEncoder encoder, string? checkpoint, RunInfo? info, CancellationToken cancellation) =>
        Run(encoder, checkpoint, info, plan.Evaluation.Control, cancellation);

    IReadOnlyList<EvaluationResult> Run(SkeletonEncoder encoder, string? checkpoint, RunInfo? info, bool withControl, CancellationToken cancellation)
    {
        var protocols = plan.Evaluation.Protocols.Select(protocol => protocol.As<EvaluationProtocol>()).ToList();
        if (protocols.Count == 0)
            return [];
        using var lanes = new LanePool(Lanes.OfRun(plan));
        var sides = heldOutSubjects ? EvaluationClips.HeldOutSubjects(dataset, plan.Data.Split, plan.Seed) : [new EvaluationClips(dataset, plan.Data.Split)];
        var parts = Parts(sides, protocols.Any(protocol => protocol.OnNovelClasses));
        var results = new List<EvaluationResult>();
        var manifest = checkpoint is null || folder is null ? null : RunCheckpoints.List(folder).FirstOrDefault(found => found.Digest == checkpoint);
        if (withControl)
        {
            using var control = EncoderFactory.Create(plan.Encoder, ClipShape.Of(dataset, plan.View.Frames), (ulong)plan.Seed);
            control.to(device);
            results.AddRange(Evaluate(control, EncoderEvaluation.RandomWeights, null));
        }
        results.AddRange(Evaluate(encoder, EncoderEvaluation.Pretrained, checkpoint));
        if (folder is not null)
            RunStore.Publish(plan, folder, results);
        return results;

        List<EvaluationResult> Evaluate(SkeletonEncoder subject, string name, string? from)
        {
            subject.eval();
            var evaluations = parts.ToDictionary(part => part.Key, part => part.Value.Select(clips =>
                new EncoderEvaluation(subject, name, from, clips, plan.View, lanes, clock, device, cancellation: cancellation) { Settings = plan.Evaluation, PretrainedOn = info?.DatasetSha256 }).ToList());
            var weights = EncoderWeights.Sha256(subject);
            var title = from is not null && manifest?.Stage is { } stage ? $"{name}, {stage}" : name;
            var kept = folder?.ReadEvaluations().Where(result => result.WeightsSha256 == weights || result.WeightsSha256 == EncoderEvaluation.NoWeights).ToList() ?? [];
            var found = new List<EvaluationResult>();
            foreach (var protocol in protocols)
            {
                var part = evaluations[PartOf(protocol)];
                if (kept.Find(result => IsResultOf(result, plan, protocol, name, dataset.Digest, parts[PartOf(protocol)][0].Split)) is { } known)
                {
                    observer.Evaluated(known);
                    found.Add(known);
                    continue;
                }
                observer.Stage($"{protocol.Name}, {title}", info);
                var results = part.Select(evaluation => evaluation.Run(protocol, SeedsOf(plan), NovelClasses, cancellation)).ToList();
                var result = heldOutSubjects ? FoldMean.Of(results) : results[0];
                if (result.Checkpoint is not null)
                    result = result with { Step = manifest?.Step, Stage = manifest?.Stage };
                folder?.WriteEvaluation(result);
                observer.Evaluated(result);
                found.Add(result);
            }
            if (folder is not null && !heldOutSubjects && info?.DatasetSha256 == dataset.Digest && (found.Except(kept).Any() || folder.ReadEmbeddings().All(map => map.Encoder != title)))
            {
                observer.Stage($"map of the test clips, {title}", info);
                var map = evaluations[false][0].Map(plan.Seed, cancellation);
                folder.WriteEmbedding(new EmbeddingMap(title, map.Method, map.Points, map.Labels, sides[0].ClassNames));
            }
            return found;
        }
    }

    IReadOnlyList<int> NovelClasses { get; } = plan.NovelClasses();

    /// <summary>
    /// The clips by whether a protocol is about novel classes: all together, under false, or apart where the base classes are evaluated alone. No feature is extracted twice.
    /// </summary>
    Dictionary<bool, IReadOnlyList<EvaluationClips>> Parts(IReadOnlyList<EvaluationClips> sides, bool withNovel)
    {
        var classes = dataset.Description.Classes.Count;
        if (ClassesOf(plan, ofNovel: false, classes) is not { } known)
            return new() { [false] = sides };
        if (NovelClasses.Where(label => label >= classes).ToArray() is [var beyond, ..])
            throw new InputException($"class {beyond} is said to be novel; {dataset.Folder} has {classes} classes, counted from 0");
        var parts = new Dictionary<bool, IReadOnlyList<EvaluationClips>> { [false] = [.. sides.Select(clips => clips.Only(known))] };
        if (withNovel)
            parts[true] = [.. sides.Select(clips => clips.Only([.. NovelClasses]))];
        return parts;
    }

    bool PartOf(EvaluationProtocol protocol) => protocol.OnNovelClasses && IsApart(plan);

    static IReadOnlyList<long> SeedsOf(Plan plan) => [.. Enumerable.Range(1, plan.Evaluation.Seeds).Select(seed => (long)seed)];

    // Base classes are evaluated alone, and novel ones with them out of the way.
    static bool IsApart(Plan plan) => plan.Evaluation.Classes == ClassScope.Base && plan.NovelClasses().Count > 0;

    /// <summary>The classes that protocols about novel ones, or the others, work on alone; null where they work on all.</summary>
    /// <param name="classes">that the dataset has</param>
    static int[]? ClassesOf(Plan plan, bool ofNovel, int classes) =>
        !IsApart(plan) ? null : ofNovel ? [.. plan.NovelClasses()] : [.. Enumerable.Range(0, classes).Except(plan.NovelClasses())];
}
