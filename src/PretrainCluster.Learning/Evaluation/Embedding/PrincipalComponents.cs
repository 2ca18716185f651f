using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Embedding;

/// <summary>The two directions along which features vary most.</summary>
public static class PrincipalComponents
{
    /// <summary>Each clip's coordinates along the first two components, [clips][2]; a component's largest entry is positive, so signs do not flip.</summary>
    public static double[][] Project(FeatureSet features)
    {
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        var rows = features.ToTensor().to(float64);
        var centred = rows - rows.mean([0], keepdim: true);
        // Ascending by variance; a single feature has one component.
        var (_, vectors) = linalg.eigh(centred.t().mm(centred));
        var leading = vectors.flip(1).narrow(1, 0, Math.Min(2, features.Width));
        var largest = leading.gather(0, leading.abs().argmax(0, keepdim: true));
        var projected = centred.mm(leading * largest.sign());
        var points = projected.data<double>().ToArray().Chunk(Math.Min(2, features.Width));
        return [.. points.Select(point => new[] { point[0], point.ElementAtOrDefault(1) })];
    }
}
