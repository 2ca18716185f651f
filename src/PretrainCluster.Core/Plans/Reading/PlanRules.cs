using System.Text.RegularExpressions;

namespace PretrainCluster.Core.Plans.Reading;

/// <summary>What must hold between the keys of a plan.</summary>
static partial class PlanRules
{
    /// <summary>Every broken rule: the key that is most likely to be changed, and what is expected there.</summary>
    public static IEnumerable<(string Path, string Message)> Broken(Plan plan) =>
        [.. Names(plan), .. PlanStages.Of(plan).SelectMany((stage, i) => Stage(stage).Select(broken => (PlanStages.PathOf(plan, i, broken.Path), broken.Message))), .. Stages(plan), .. Workers(plan), .. Checkpoints(plan), .. Evaluation(plan.Evaluation)];

    static IEnumerable<(string Path, string Message)> Stage(Plan plan) => [.. View(plan), .. plan.Data.Shape is { } shape ? PlanFit.Broken(plan, shape) : PlanFit.Sections(plan, null), .. Training(plan)];

    static IEnumerable<(string, string)> Stages(Plan plan)
    {
        for (var i = 0; i < plan.Stages.Count; i++)
        {
            var stage = plan.Stages[i];
            if (!RunName().IsMatch(stage.Name))
                yield return ($"stages[{i}].name", "letters, digits, '.', '-' and '_' are expected, beginning with a letter or a digit, at most 128 in all");
            if (plan.Stages.Take(i).Any(before => before.Name == stage.Name))
                yield return ($"stages[{i}].name", $"each stage has a name of its own, and {stage.Name} is taken");
            if (stage.View is { } view && view.Frames != plan.View.Frames)
                yield return ($"stages[{i}].view.frames", $"view.frames, {plan.View.Frames}, is expected, not {view.Frames}: the encoder is made for that many");
            if (stage.View is { } own && own.Stream != plan.View.Stream)
                yield return ($"stages[{i}].view.stream", $"view.stream, {PlanNames.Of(plan.View.Stream)}, is expected, not {PlanNames.Of(own.Stream)}: an encoder sees one stream");
        }
        if (plan.FromSha256 is { } digest && !Digest().IsMatch(digest))
            yield return ("from_sha256", "a SHA-256 of 64 hexadecimal digits in lower case is expected");
        if (plan.FromSha256 is not null && plan.From is null)
            yield return ("from_sha256", "only used beside `from`, which names the encoder");
    }

    static IEnumerable<(string, string)> Names(Plan plan)
    {
        if (!RunName().IsMatch(plan.Name))
            yield return ("name", "letters, digits, '.', '-' and '_' are expected, beginning with a letter or a digit, at most 128 in all: it names the run's folder");
        if (!Device().IsMatch(plan.Workers.Device))
            yield return ("workers.device", $"cpu, cuda or cuda:N is expected, not \"{plan.Workers.Device}\"");
        if (plan.Data.HoldOutClasses.Distinct().Count() < plan.Data.HoldOutClasses.Count)
            yield return ("data.hold_out_classes", "each class is expected once");
    }

    static IEnumerable<(string, string)> View(Plan plan)
    {
        if (plan.View.Crop.Min > plan.View.Crop.Max)
            yield return ("view.crop.min", $"at most view.crop.max, {Text(plan.View.Crop.Max)}, is expected, not {Text(plan.View.Crop.Min)}");
        if (plan.View.Augment is [{ Instead: true }, ..])
            yield return ("view.augment[0].instead", "an augmentation before it is expected, which it may stand for");
    }

    static IEnumerable<(string, string)> Training(Plan plan)
    {
        var (batch, optimizer) = (plan.Training.Batch, plan.Training.Optimizer);
        if (batch.Clips % batch.MicroBatches != 0)
            yield return ("training.batch.micro_batches", $"a divisor of training.batch.clips, {batch.Clips}, is expected, not {batch.MicroBatches}");
        if (optimizer.WarmupEpochs >= plan.Training.Epochs)
            yield return ("training.optimizer.warmup_epochs", $"less than training.epochs, {plan.Training.Epochs}, is expected, not {Text(optimizer.WarmupEpochs)}");
        if (optimizer.Schedule == RateSchedule.Drops && optimizer.DropEpochs.Any(epoch => epoch <= optimizer.WarmupEpochs || epoch >= plan.Training.Epochs))
            yield return ("training.optimizer.drop_epochs", $"epochs after the warm-up and before the last, {plan.Training.Epochs}, are expected, not {string.Join(", ", optimizer.DropEpochs)}");
        if (optimizer.Schedule == RateSchedule.Drops && optimizer.DropEpochs.Distinct().Count() is var drops && (drops == 0 || drops < optimizer.DropEpochs.Count))
            yield return ("training.optimizer.drop_epochs", "at least one epoch is expected where schedule is drops, and each once");
        if (optimizer.MinLearningRate > optimizer.LearningRate)
            yield return ("training.optimizer.min_learning_rate", $"at most learning_rate, {Text(optimizer.LearningRate)}, is expected, not {Text(optimizer.MinLearningRate)}");
        if (plan.Encoder.Unread is null && plan.Training.Trainable.FromBlock > plan.Encoder.Blocks)
            yield return ("training.trainable.from_block", $"at most the encoder's {plan.Encoder.Blocks} blocks is expected, not {plan.Training.Trainable.FromBlock}: as many train nothing of it");
        if (optimizer.LearningRate == 0)
            yield return ("training.optimizer.learning_rate", "more than 0 is expected");
    }

    static IEnumerable<(string, string)> Workers(Plan plan)
    {
        var (workers, recovery, microBatches) = (plan.Workers, plan.Recovery, PlanStages.FewestMicroBatches(plan));
        if (workers.Min > workers.Max)
            yield return ("workers.min", $"at most workers.max, {workers.Max}, is expected, not {workers.Min}");
        if (workers.Min > microBatches)
            yield return ("workers.min", $"at most {(plan.Stages.Count > 0 ? "the micro_batches of every stage" : "training.batch.micro_batches")}, {microBatches}, is expected, not {workers.Min}: a micro-batch is not divided");
        foreach (var (earlier, first, later, second) in new[]
        {
            ("heartbeat", recovery.Heartbeat, "silence", recovery.Silence),
            ("silence", recovery.Silence, "connect", recovery.Connect),
            ("connect", recovery.Connect, "stall", recovery.Stall),
            ("stall", recovery.Stall, "coordinator_absence", recovery.CoordinatorAbsence),
        })
        {
            if (first >= second)
                yield return ($"recovery.{earlier}", $"less than recovery.{later}, {Text(second)} s, is expected, not {Text(first)} s");
        }
        if (recovery.Backoff > recovery.BackoffMax)
            yield return ("recovery.backoff", $"at most recovery.backoff_max, {Text(recovery.BackoffMax)} s, is expected, not {Text(recovery.Backoff)} s");
    }

    static IEnumerable<(string, string)> Checkpoints(Plan plan)
    {
        const string Key = "checkpoints.keep_best_by", Loss = CheckpointPlan.Loss, Monitor = CheckpointPlan.Monitor;
        var by = plan.Checkpoints.KeepBestBy;
        if (by is not (Loss or Monitor))
            yield return (Key, $"{Loss} or {Monitor} is expected, not \"{by}\": a protocol's figures are of the test side, and nothing is chosen there. {Monitor}, with evaluation.monitor.every_epochs, is kNN on held-out clips of the training split");
        if (by == Monitor && plan.Evaluation.Monitor.EveryEpochs == 0)
            yield return ("evaluation.monitor.every_epochs", $"more than 0 is expected where {Key} is {Monitor}: without it no checkpoint has a figure");
    }

    static IEnumerable<(string, string)> Evaluation(EvaluationPlan plan)
    {
        if (plan.Protocols.Where(protocol => protocol.Unread is null).GroupBy(protocol => (protocol.Kind, SectionSettings.Of(protocol))).Any(same => same.Count() > 1))
            yield return ("evaluation.protocols", "each protocol is expected once, or with other settings");
        if (plan.NovelClasses.Distinct().Count() < plan.NovelClasses.Count)
            yield return ("evaluation.novel_classes", "each class is expected once");
        if (!IsAscending(plan.FewShot.Shots))
            yield return ("evaluation.few_shot.shots", "at least one number of exemplars is expected, and each more than the one before");
        if (!IsAscending(plan.SemiSupervised.Fractions))
            yield return ("evaluation.semi_supervised.fractions", "at least one part is expected, and each more than the one before");
        if (!IsAscending(plan.Monitor.Neighbours))
            yield return ("evaluation.monitor.neighbours", "at least one number of neighbours is expected, and each more than the one before");
        if (plan.FineTune.MinLearningRate > plan.FineTune.LearningRate)
            yield return ("evaluation.fine_tune.min_learning_rate", $"at most learning_rate, {Text(plan.FineTune.LearningRate)}, is expected, not {Text(plan.FineTune.MinLearningRate)}");
        if (plan.FineTune.WarmupEpochs >= plan.FineTune.Epochs)
            yield return ("evaluation.fine_tune.warmup_epochs", $"less than epochs, {plan.FineTune.Epochs}, is expected, not {Text(plan.FineTune.WarmupEpochs)}");
    }

    static bool IsAscending<T>(IReadOnlyList<T> values) where T : IComparable<T> =>
        values.Count > 0 && Enumerable.Range(1, values.Count - 1).All(i => values[i].CompareTo(values[i - 1]) > 0);

    static string Text(double number) => PlanKey.Format(number);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z")]
    private static partial Regex RunName();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Digest();

    [GeneratedRegex(@"^(cpu|cuda(:[0-9]{1,3})?)\z")]
    private static partial Regex Device();
}
