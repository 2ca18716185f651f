using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Training.Batches;

/// <summary>The clips that a plan trains on, and their order.</summary>
public sealed class TrainingSet
{
    readonly ViewMaker _maker;
    readonly int _views;
    readonly ulong _seed;

    /// <exception cref="InputException">The dataset is not what the plan asks for.</exception>
    public TrainingSet(Plan plan, SkeletonDataset dataset) : this(plan, dataset, Select(plan.Data, dataset))
    {
        PlanFit.Check(plan, new DataShape { Clips = Samples.Count, Persons = dataset.Persons, Joints = dataset.Joints });
    }

    /// <param name="plan">of one stage; it fits the dataset</param>
    internal TrainingSet(Plan plan, SkeletonDataset dataset, IReadOnlyList<long> samples)
    {
        (Dataset, Samples) = (dataset, samples);
        Clip = ClipShape.Of(dataset, plan.View.Frames);
        Order = new SamplingOrder((ulong)plan.Seed, Samples.Count, plan.Training.Batch.Clips, plan.Training.Batch.MicroBatches, plan.Training.Batch.DropLast);
        Steps = Order.TotalSteps(plan.Training.Epochs);
        _maker = new ViewMaker(dataset, plan.View);
        _views = ObjectiveFactory.Views(plan.Objective);
        _seed = (ulong)plan.Seed;
    }

    public SkeletonDataset Dataset { get; }

    /// <summary>The dataset's indices of the clips trained on.</summary>
    public IReadOnlyList<long> Samples { get; }

    public ClipShape Clip { get; }
    public SamplingOrder Order { get; }

    /// <summary>Steps of the whole run.</summary>
    public long Steps { get; }

    /// <summary>The batches from step <paramref name="first"/> on.</summary>
    public BatchLoader LoadFrom(long first) => LoadFrom(first, 0, Order.MicroBatches);

    /// <summary>A member's share of the batches from step <paramref name="first"/> on: micro-batches <paramref name="start"/> to <paramref name="end"/> - 1 of each.</summary>
    public BatchLoader LoadFrom(long first, int start, int end) => new(Order, Samples, _maker, _views, Clip, _seed, (first, Steps), (start, end), Dataset.IsElsewhere ? Dataset.FetchAhead : null);

    /// <summary>The dataset's indices of a step's whole global batch.</summary>
    public IEnumerable<long> SamplesOfStep(long step) => Order.OfStep(step).Select(scheduled => Samples[(int)scheduled.Sample]);

    /// <summary>The dataset's indices of the clips that a plan trains on.</summary>
    /// <exception cref="InputException">The dataset has no such split or class.</exception>
    internal static IReadOnlyList<long> Select(DataPlan plan, SkeletonDataset dataset)
    {
        var train = dataset.Split(plan.Split).Train;
        if (plan.HoldOutClasses.Count == 0)
            return train;
        var held = plan.HoldOutClasses.ToHashSet();
        if (held.FirstOrDefault(c => c >= dataset.Description.Classes.Count, -1) is >= 0 and var beyond)
            throw new InputException($"data.hold_out_classes names class {beyond}; {dataset.Folder} has {dataset.Description.Classes.Count} classes, counted from 0");
        return [.. train.Where(sample => !held.Contains(dataset.Label(sample)))];
    }
}

/// <summary>The clips of one step that a member computes: all micro-batches of the global batch, or a contiguous share of them.</summary>
/// <param name="Step">from 0</param>
/// <param name="MicroBatches">in the order of their indices</param>
public sealed record GlobalBatch(long Step, IReadOnlyList<MicroBatch> MicroBatches)
{
    /// <summary>The dataset's indices of the step's whole batch, whoever computes it, in the order of its micro-batches.</summary>
    public IReadOnlyList<long> Samples { get; init; } = [.. MicroBatches.SelectMany(microBatch => microBatch.Samples)];
}

/// <summary>The clips of one micro-batch.</summary>
/// <param name="Index">within the global batch, from 0</param>
/// <param name="Samples">the dataset's sample indices</param>
/// <param name="Clips">[views, clips, persons, frames, joints, 3]</param>
public sealed record MicroBatch(int Index, IReadOnlyList<long> Samples, float[] Clips);
