namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>Where a protocol gets features from. Rows of the two sides are fixed; what is asked for twice is computed once.</summary>
public interface IFeatureSource
{
    /// <summary>The training side under the plan's evaluation view (centred crop), through the frozen encoder.</summary>
    FeatureSet Train { get; }

    /// <summary>The test side under the plan's evaluation view, through the frozen encoder.</summary>
    FeatureSet Test { get; }

    /// <summary>The training side without an encoder: the evaluation view's coordinates relative to the root joint, [persons * frames * joints * 3].</summary>
    FeatureSet RawTrain { get; }

    /// <summary>The test side without an encoder.</summary>
    FeatureSet RawTest { get; }

    /// <summary>The plan's views, for a protocol that has views of its own but keeps their length.</summary>
    ViewPlan View { get; }

    /// <summary>The test side under the evaluation view of other views.</summary>
    FeatureSet TestUnder(ViewPlan view);

    /// <summary>Features [rows, width] of freshly drawn training views of rows of the training side; the same numbers for the same seed and epoch.</summary>
    float[] TrainingViews(ViewPlan view, IReadOnlyList<int> rows, long seed, int epoch, CancellationToken cancellation);
}
