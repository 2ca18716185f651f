using System.Text.RegularExpressions;

namespace PretrainCluster.Core.Plans.Reading;

/// <summary>What must hold between the keys of a plan.</summary>
static partial class PlanRules
{
    /// <summary>Every broken rule: the key that is most likely to be changed, and what is expected there.</summary>
    public static IEnumerable<(string Path, string Message)> Broken(Plan plan) =>
        [.. Names(plan), .. PlanStages.Of(plan).SelectMany((stage, i) => Stage(stage).Select(broken => (PlanStages.PathOf(plan, i, broken.Path), broken.Message))), .. Stages(plan), .. Workers(plan), .. Checkpoints(plan), .. Evaluation(plan.Evaluation)];

    static IEnumerable<(string Path, string Message)> Stage(Plan plan) => [.. View(plan), .. Encoder(plan), .. Objective(plan), .. Training(plan)];

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
        for (var i = 0; i < plan.View.Augment.Count; i++)
        {
            var augmentation = AugmentationDefaults.Resolve(plan.View.Augment[i]);
            if (i == 0 && augmentation.Instead)
                yield return ("view.augment[0].instead", "an augmentation before it is expected, which it may stand for");
            if (augmentation.MinSigma > augmentation.MaxSigma)
                yield return ($"view.augment[{i}].min_sigma", $"at most max_sigma, {Text(augmentation.MaxSigma.Value)}, is expected, not {Text(augmentation.MinSigma.Value)}");
            if (augmentation.Kernel % 2 == 0)
                yield return ($"view.augment[{i}].kernel", $"an odd number is expected, not {augmentation.Kernel}");
        }
    }

    static IEnumerable<(string, string)> Encoder(Plan plan)
    {
        var (encoder, objective) = (plan.Encoder, plan.Objective);
        foreach (var broken in Size(encoder, "encoder", plan.View.Frames))
            yield return broken;
        if (ObjectiveDefaults.HidesTokens(objective.Kind) && encoder.Kind != EncoderKind.Transformer)
            yield return ("objective.kind", $"an objective that compares clips, such as moco or nnclr, is expected where encoder.kind is {PlanNames.Of(encoder.Kind)}, not {PlanNames.Of(objective.Kind)}: it hides tokens, and only the transformer has them");
        else if (ObjectiveDefaults.IsMasked(objective.Kind))
        {
            if (objective.Decoder.Width % encoder.Heads != 0)
                yield return ("objective.decoder.width", $"a multiple of encoder.heads, {encoder.Heads}, is expected (the decoder has as many heads), not {objective.Decoder.Width}");
            if (encoder.DropPath > 0 && objective.Decoder.Depth > encoder.Depth)
                yield return ("objective.decoder.depth", $"at most encoder.depth, {encoder.Depth}, is expected where encoder.drop_path is used, not {objective.Decoder.Depth}");
        }
        if (plan.Data.Shape is { } shape)
        {
            foreach (var broken in PlanFit.Broken(plan, shape))
                yield return broken;
        }
    }

    static IEnumerable<(string, string)> Size(EncoderPlan encoder, string at, int frames)
    {
        if (encoder.Kind == EncoderKind.Transformer && frames % encoder.PatchFrames != 0)
            yield return ($"{at}.patch_frames", $"a divisor of view.frames, {frames}, is expected, not {encoder.PatchFrames}");
        if (encoder.Kind == EncoderKind.Transformer && encoder.Width % encoder.Heads != 0)
            yield return ($"{at}.heads", $"a divisor of {at}.width, {encoder.Width}, is expected, not {encoder.Heads}");
        if (encoder.Kind == EncoderKind.Hcn && frames < EncoderDefaults.PooledFrames)
            yield return ("view.frames", $"at least {EncoderDefaults.PooledFrames} frames are expected where {at}.kind is hcn, not {frames}: it halves them four times");
        if (encoder.Kind == EncoderKind.Hcn && encoder.Channels % 2 != 0)
            yield return ($"{at}.channels", $"an even number is expected where kind is hcn, not {encoder.Channels}");
        if (encoder.Kind == EncoderKind.AGcn && encoder.Channels < 4)
            yield return ($"{at}.channels", $"at least 4 channels are expected where kind is a_gcn, not {encoder.Channels}: joints are compared by a quarter of them");
        if (frames < 2 && (encoder.Kind is EncoderKind.StGcn or EncoderKind.AGcn or EncoderKind.Hcn || encoder.Kind == EncoderKind.Bigru && encoder.InputNorm))
            yield return ("view.frames", $"at least 2 frames are expected where {at}.kind is {PlanNames.Of(encoder.Kind)}, not {frames}: its batch norm computes statistics over them");
        if (encoder.Kind == EncoderKind.HiTrs && encoder.Width % 2 != 0)
            yield return ($"{at}.width", $"an even number is expected where kind is hi_trs, not {encoder.Width}: places are sines and cosines");
        if (encoder.Kind == EncoderKind.HiTrs && FrameWindows.Of(encoder, frames).Cut().Count is var count && count > FrameWindows.Most)
            yield return ($"{at}.window_stride", $"a stride that cuts view.frames, {frames}, into at most {FrameWindows.Most} windows is expected, not {encoder.WindowStride}, which makes {count}");
    }

    static IEnumerable<(string, string)> Levels(Plan plan)
    {
        if (plan.Encoder.Kind != EncoderKind.HiTrs)
        {
            yield return ("objective.kind", $"another objective is expected where encoder.kind is {PlanNames.Of(plan.Encoder.Kind)}, not hi_trs: it pretrains the levels of the encoder hi_trs");
            yield break;
        }
        var count = FrameWindows.Of(plan.Encoder, plan.View.Frames).Cut().Count;
        if (count < 3)
            yield return ("view.frames", $"frames for at least 3 windows are expected where objective.kind is hi_trs, not {plan.View.Frames}, which make {count}: two change places, and the last is predicted");
        if (plan.Encoder.WindowFrames < 3)
            yield return ("encoder.window_frames", $"at least 3 are expected where objective.kind is hi_trs, not {plan.Encoder.WindowFrames}: two frames that are no neighbours change places");
    }

    static IEnumerable<(string, string)> Partner(Plan plan)
    {
        if (plan.Objective.Partner is not { } partner)
            return [("objective.partner", "the encoder of the other representation is expected, a group of keys as encoder has them, such as {kind: a_gcn}")];
        if (partner.Kind == plan.Encoder.Kind)
            return [("objective.partner.kind", $"another kind than encoder.kind, {PlanNames.Of(partner.Kind)}, is expected: two representations are compared")];
        return Size(partner, "objective.partner", plan.View.Frames);
    }

    static IEnumerable<(string, string)> Objective(Plan plan)
    {
        var objective = ObjectiveDefaults.Resolve(plan.Objective, plan.Encoder, plan.View.Frames);
        var clips = plan.Training.Batch.Clips;
        foreach (var broken in objective.Kind switch { ObjectiveKind.HiTrs => Levels(plan), ObjectiveKind.InterSkeleton => Partner(plan), ObjectiveKind.Skeattnclr => Attention(plan), _ => [] })
            yield return broken;
        if (objective.Queue < clips)
            yield return ("objective.queue", $"at least training.batch.clips, {clips}, is expected, not {objective.Queue}: a step's own views must fit");
        if (objective.Kind is ObjectiveKind.Nnclr or ObjectiveKind.Simclr or ObjectiveKind.Vicreg && clips < 2)
            yield return ("training.batch.clips", $"at least 2 clips are expected for {PlanNames.Of(objective.Kind)}, not {clips}: its batch norm and its loss compare the clips of a batch");
        if (objective.Kind == ObjectiveKind.Nnclr && objective.Enqueue == QueuedViews.Both && objective.Views == 1)
            yield return ("objective.enqueue", "first is expected where views is 1: there is no other");
        if (objective.Kind == ObjectiveKind.Nnclr && objective.Enqueue == QueuedViews.Both && objective.Queue < 2 * clips)
            yield return ("objective.queue", $"at least twice training.batch.clips, {2 * clips}, is expected where enqueue is both, not {objective.Queue}: a step's own views must fit");
        if (objective.Kind == ObjectiveKind.Nnclr && objective.TopK > objective.Queue)
            yield return ("objective.top_k", $"at most objective.queue, {objective.Queue}, is expected, not {objective.TopK}");
        if (objective.Kind == ObjectiveKind.MaskedMotion && objective.MotionStride >= plan.View.Frames)
            yield return ("objective.motion_stride", $"less than view.frames, {plan.View.Frames}, is expected, not {objective.MotionStride}");
    }

    static IEnumerable<(string, string)> Attention(Plan plan)
    {
        var (swap, steps, batch) = (plan.Objective.Swap, EncoderDefaults.Steps(plan.View.Frames), plan.Training.Batch);
        if (plan.Encoder.Kind != EncoderKind.StGcn)
            yield return ("encoder.kind", $"st_gcn is expected where objective.kind is skeattnclr, not {PlanNames.Of(plan.Encoder.Kind)}: attention looks at its features of every joint");
        if (plan.Encoder.Width % plan.Objective.MaskHeads != 0)
            yield return ("objective.mask_heads", $"a divisor of encoder.width, {plan.Encoder.Width}, is expected, not {plan.Objective.MaskHeads}");
        if (swap.MinParts > swap.MaxParts)
            yield return ("objective.swap.min_parts", $"at most max_parts, {swap.MaxParts}, is expected, not {swap.MinParts}");
        if (swap.MinSteps > swap.MaxSteps)
            yield return ("objective.swap.min_steps", $"at most max_steps, {swap.MaxSteps}, is expected, not {swap.MinSteps}");
        if (swap.MaxSteps > steps)
            yield return ("objective.swap.max_steps", $"at most the {steps} steps of a view of {plan.View.Frames} frames are expected, not {swap.MaxSteps}");
        if (batch.Clips / batch.MicroBatches < 2)
            yield return ("training.batch.micro_batches", $"at least 2 clips in each are expected for skeattnclr, not {batch.Clips / batch.MicroBatches}: parts are swapped between them");
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
        if (plan.Training.Trainable.FromBlock > EncoderDefaults.Blocks(plan.Encoder))
            yield return ("training.trainable.from_block", $"at most the encoder's {EncoderDefaults.Blocks(plan.Encoder)} blocks is expected, not {plan.Training.Trainable.FromBlock}: as many train nothing of it");
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
        if (EvaluationPlan.KnownProtocols.Contains(by))
            yield return (Key, $"{Loss} or {Monitor} is expected, not {by}: a protocol's figures are of the test side, and nothing is chosen there. {Monitor}, with evaluation.monitor.every_epochs, is kNN on held-out clips of the training split");
        else if (by is not (Loss or Monitor))
            yield return (Key, $"{Loss} or {Monitor} is expected, not \"{by}\"");
        if (by == Monitor && plan.Evaluation.Monitor.EveryEpochs == 0)
            yield return ("evaluation.monitor.every_epochs", $"more than 0 is expected where {Key} is {Monitor}: without it no checkpoint has a figure");
    }

    static IEnumerable<(string, string)> Evaluation(EvaluationPlan plan)
    {
        foreach (var protocol in plan.Protocols.Except(EvaluationPlan.KnownProtocols))
            yield return ("evaluation.protocols", $"there is no protocol \"{protocol}\"{(NearestName.Of(protocol, EvaluationPlan.KnownProtocols) is { } near ? $"; did you mean {near}?" : "")} Known are {string.Join(", ", EvaluationPlan.KnownProtocols)}");
        if (plan.Protocols.Distinct().Count() < plan.Protocols.Count)
            yield return ("evaluation.protocols", "each protocol is expected once");
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
