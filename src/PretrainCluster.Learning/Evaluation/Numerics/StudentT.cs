namespace PretrainCluster.Learning.Evaluation.Numerics;

/// <summary>Student's t distribution, for confidence intervals of a mean.</summary>
public static class StudentT
{
    /// <summary>The t for which the chance of |T| &gt; t is 1 - <paramref name="confidence"/>, e.g. 4.3027 for 0.95 and 2 degrees of freedom.</summary>
    public static double TwoSided(double confidence, int degreesOfFreedom)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(degreesOfFreedom);
        if (confidence is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "a confidence lies between 0 and 1");

        var (low, high) = (0.0, 1.0);
        while (Coverage(high, degreesOfFreedom) < confidence)
            (low, high) = (high, 2 * high);
        for (var i = 0; i < 200 && high - low > 1e-14 * high; i++)
        {
            var middle = 0.5 * (low + high);
            if (Coverage(middle, degreesOfFreedom) < confidence)
                low = middle;
            else
                high = middle;
        }
        return 0.5 * (low + high);
    }

    /// <summary>The chance of |T| &lt;= t: the finite series for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4).</summary>
    public static double Coverage(double t, int degreesOfFreedom)
    {
        var theta = Math.Atan(t / Math.Sqrt(degreesOfFreedom));
        var (sine, cosine) = Math.SinCos(theta);
        var square = cosine * cosine;
        if (degreesOfFreedom % 2 == 0)
        {
            var (sum, term) = (0.0, 1.0);
            for (var i = 0; i < degreesOfFreedom / 2; i++)
            {
                sum += term;
                term *= square * (2 * i + 1) / (2 * i + 2);
            }
            return sine * sum;
        }
        var (oddSum, oddTerm) = (0.0, cosine);
        for (var i = 0; i < (degreesOfFreedom - 1) / 2; i++)
        {
            oddSum += oddTerm;
            oddTerm *= square * (2 * i + 2) / (2 * i + 3);
        }
        return 2 / Math.PI * (theta + sine * oddSum);
    }
}
