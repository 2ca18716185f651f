using System.Buffers;
using PretrainCluster.Skeletons.Import.Preprocessing;
using PretrainCluster.Skeletons.Views.Augmentations;

namespace PretrainCluster.Skeletons.Views;

/// <summary>
/// Makes an encoder's input of a clip: temporal crop, resize, augmentations, stream. Safe to use from many threads; nothing is allocated per clip.
/// </summary>
public sealed class ViewMaker
{
    // A multiple of 16 frames is a multiple of every vector's width, whatever the number of joints.
    const int BlockFrames = 16;

    readonly SkeletonDataset _dataset;
    readonly ViewPlan _plan;
    readonly LinearAugmentation[] _linear;
    readonly Augmentation[] _others;
    readonly StreamMaker _stream;

    /// <exception cref="InputException">An augmentation does not fit the dataset's joint layout or the view's length.</exception>
    public ViewMaker(SkeletonDataset dataset, ViewPlan plan)
    {
        if (plan.Crop.Min > plan.Crop.Max)
            throw new InputException($"view.crop: min {plan.Crop.Min} is larger than max {plan.Crop.Max}.");
        (_dataset, _plan) = (dataset, plan);
        var upright = dataset.Description.Preprocessing == AgcnPreprocessing.Family;
        var augmentations = plan.Augment.Select((augmentation, index) => Augmentation.Create(augmentation, dataset.Description.Layout, $"view.augment[{index}]", upright)).ToArray();
        _linear = [.. augmentations.TakeWhile(augmentation => augmentation is LinearAugmentation).Cast<LinearAugmentation>()];
        _others = augmentations[_linear.Length..];
        _stream = new StreamMaker(plan.Stream, dataset.Description.Layout);
    }

    /// <summary>Floats of a view: persons x frames x joints x 3.</summary>
    public int Length => _dataset.Persons * _plan.Frames * _dataset.Joints * 3;

    /// <summary>A training view: random crop, then the plan's augmentations.</summary>
    /// <param name="sample">Index of the clip in the dataset.</param>
    /// <param name="random">The view's own stream, keyed by (epoch, sample, view).</param>
    /// <param name="destination">[persons, frames, joints, 3], metres.</param>
    public void MakeTraining(long sample, CounterRandom random, Span<float> destination)
    {
        var crop = TemporalCrop.Draw(_plan.Crop, _dataset.Frames(sample), ref random);
        var (map, before) = (LinearMap.Identity, false);
        foreach (var augmentation in _linear)
        {
            if (before = augmentation.Happens(ref random, before))
                map = LinearMap.Then(map, augmentation.Draw(ref random));
        }
        Make(sample, crop, map, destination);
        var view = View(destination);
        foreach (var augmentation in _others)
        {
            if (before = augmentation.Happens(ref random, before))
                augmentation.Apply(view, ref random);
        }
        _stream.Apply(view);
    }

    /// <summary>An evaluation view: centred crop, nothing random.</summary>
    /// <inheritdoc cref="MakeTraining"/>
    public void MakeEvaluation(long sample, Span<float> destination)
    {
        Make(sample, TemporalCrop.Centred(_plan.Crop.Evaluation, _dataset.Frames(sample)), LinearMap.Identity, destination);
        _stream.Apply(View(destination));
    }

    SkeletonView View(Span<float> destination) => new(destination[..Length], _dataset.Persons, _plan.Frames, _dataset.Joints);

    /// <summary>Crop, resize and map in one pass over the clip.</summary>
    /// <inheritdoc cref="MakeTraining"/>
    internal void Make(long sample, TemporalCrop crop, LinearMap map, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Length);
        var perPerson = _dataset.Joints * 3;
        var stride = perPerson * _dataset.Persons;
        var rented = ArrayPool<float>.Shared.Rent(crop.Length * stride);
        var block = ArrayPool<float>.Shared.Rent(BlockFrames * perPerson + 2 * LinearMapKernel.Margin);
        try
        {
            var source = rented.AsSpan(0, crop.Length * stride);
            _dataset.ReadFrames(sample, crop.Start, crop.Length, source);
            var resize = new TemporalResize(crop.Length, _plan.Frames);
            var kernel = new LinearMapKernel(map, stackalloc float[LinearMapKernel.CoefficientCount]);
            block.AsSpan(0, LinearMapKernel.Margin).Clear();
            for (var person = 0; person < _dataset.Persons; person++)
            {
                var view = destination.Slice(person * _plan.Frames * perPerson, _plan.Frames * perPerson);
                var track = source[(person * perPerson)..];
                if (IsAbsent(track, stride, perPerson))
                    view.Clear();
                else if (map == LinearMap.Identity)
                    Resize(resize, track, stride, 0, view, perPerson);
                else
                    ResizeAndMap(resize, kernel, track, stride, view, perPerson, block);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
            ArrayPool<float>.Shared.Return(block);
        }
    }

    static void ResizeAndMap(TemporalResize resize, LinearMapKernel kernel, ReadOnlySpan<float> track, int stride, Span<float> view, int perPerson, float[] block)
    {
        for (var first = 0; first * perPerson < view.Length; first += BlockFrames)
        {
            var part = view[(first * perPerson)..];
            part = part[..Math.Min(part.Length, BlockFrames * perPerson)];
            var rows = block.AsSpan(LinearMapKernel.Margin, part.Length);
            Resize(resize, track, stride, first, rows, perPerson);
            block.AsSpan(LinearMapKernel.Margin + part.Length, LinearMapKernel.Margin).Clear();
            kernel.Apply(block.AsSpan(0, part.Length + 2 * LinearMapKernel.Margin), part);
        }
    }

    static void Resize(TemporalResize resize, ReadOnlySpan<float> track, int stride, int first, Span<float> rows, int perPerson)
    {
        for (var row = 0; row * perPerson < rows.Length; row++)
            resize.Row(first + row, track, stride, rows.Slice(row * perPerson, perPerson));
    }

    static bool IsAbsent(ReadOnlySpan<float> track, int stride, int perPerson)
    {
        for (var start = 0; start < track.Length; start += stride)
        {
            if (track.Slice(start, perPerson).ContainsAnyExcept(0f))
                return false;
        }
        return true;
    }
}

/// <summary>A view in the making: [persons, frames, joints, 3], metres.</summary>
public readonly ref struct SkeletonView(Span<float> values, int persons, int frames, int joints)
{
    public Span<float> Values { get; } = values;
    public int Persons { get; } = persons;
    public int Frames { get; } = frames;
    public int Joints { get; } = joints;

    /// <summary>[frames, joints, 3]</summary>
    public Span<float> Person(int person) => Values.Slice(person * Frames * Joints * 3, Frames * Joints * 3);

    /// <summary>[joints, 3]</summary>
    public Span<float> Frame(int person, int frame) => Values.Slice((person * Frames + frame) * Joints * 3, Joints * 3);

    /// <summary>Who is absent is all zeros, and stays so.</summary>
    public bool IsAbsent(int person) => !Person(person).ContainsAnyExcept(0f);
}
