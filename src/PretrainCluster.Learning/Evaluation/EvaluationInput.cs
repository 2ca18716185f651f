using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>What a protocol works on.</summary>
public sealed class EvaluationInput
{
    public required IFeatureSource Features { get; init; }

    /// <summary>For protocols that train an encoder, or ask for the clips' names; null where only features are at hand.</summary>
    public LabelledTraining? Labelled { get; init; }

    /// <summary>Number of classes; labels are below it.</summary>
    public required int Classes { get; init; }

    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Classes that pretraining did not see; empty where it saw all.</summary>
    public IReadOnlyList<int> NovelClasses { get; init; } = [];

    /// <summary>The protocols' settings.</summary>
    public EvaluationPlan Settings { get; init; } = new();

    public required IReadOnlyList<long> Seeds { get; init; }
    public required LanePool Lanes { get; init; }

    /// <summary>Told what is being done and how far it is, from one thread at a time.</summary>
    public Action<EvaluationProgress>? Progress { get; init; }

    public string NameOf(int label) => ClassNames is { } names && label < names.Count ? $"{label} ({names[label]})" : $"{label}";
}

/// <summary>How far one part of an evaluation is.</summary>
/// <param name="Stage">e.g. "features of the test side"</param>
public readonly record struct EvaluationProgress(string Stage, long Done, long Total);
