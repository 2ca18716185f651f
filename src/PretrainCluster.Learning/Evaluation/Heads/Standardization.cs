using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>
/// Shifts and scales each feature to mean 0 and variance 1: a batch norm without affine part over a whole set.
/// </summary>
static class Standardization
{
    const double Epsilon = 1e-6;

    /// <summary>Two sets by the mean and the variance of the first one.</summary>
    /// <returns>[clips, width] of each</returns>
    public static (Tensor Fitted, Tensor Other) Apply(FeatureSet fitted, FeatureSet other)
    {
        var (first, second) = (fitted.ToTensor(), other.ToTensor());
        var (variance, mean) = var_mean(first, 0, unbiased: false);
        return (Normalize(first), Normalize(second));

        Tensor Normalize(Tensor features) => nn.functional.batch_norm(features, mean, variance, eps: Epsilon);
    }
}
