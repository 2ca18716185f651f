using Binomial = MathNet.Numerics.Distributions.Binomial;
using StudentT = MathNet.Numerics.Distributions.StudentT;

namespace PretrainCluster.Learning.Evaluation;

/// <summary>How far one method is from another on the same footing, with a 95 % interval and the chance of at least such a difference where there is none.</summary>
/// <param name="Mean">points, the other method's figure less the first one's</param>
/// <param name="P">two-sided</param>
/// <param name="Test">how interval and chance were computed</param>
public sealed record PairedDifference(double Mean, double Low, double High, double P, PairedTest Test)
{
    const int Resamples = 2000, Signs = 9999;
    const double Tail = 0.025;

    /// <summary>
    /// Over test clips. The interval is the percentile bootstrap's: clips drawn anew, both methods' answers to a clip together. The chance is that of the randomisation test in which a clip's
    /// two answers change places at random; with one answer per clip and method it is McNemar's test, exact.
    /// </summary>
    /// <param name="one">how many of <paramref name="oneOf"/> answers are right, for each clip</param>
    /// <param name="other">the same of the other method, for the same clips in the same order</param>
    public static PairedDifference OverClips(ReadOnlySpan<byte> one, int oneOf, ReadOnlySpan<byte> other, int otherOf, long seed = 1)
    {
        if (one.Length == 0 || one.Length != other.Length)
            throw new ArgumentException($"{one.Length} and {other.Length} clips cannot be paired", nameof(other));
        var differences = new double[one.Length];
        for (var clip = 0; clip < differences.Length; clip++)
            differences[clip] = (double)other[clip] / otherOf - (double)one[clip] / oneOf;
        var (low, high) = Bootstrap(differences, seed);
        var isSingle = oneOf == 1 && otherOf == 1;
        return new(
            100 * differences.Sum() / differences.Length, 100 * low, 100 * high,
            isSingle ? McNemar(differences.Count(d => d > 0), differences.Count(d => d < 0)) : Randomisation(differences, seed),
            isSingle ? PairedTest.McNemarOverClips : PairedTest.RandomisationOverClips);
    }

    /// <summary>Over pretraining seeds: the paired t-test, with the interval that belongs to it.</summary>
    /// <param name="one">per cent, a value per seed; at least two</param>
    /// <param name="other">the same seeds in the same order</param>
    public static PairedDifference OverSeeds(IReadOnlyList<double> one, IReadOnlyList<double> other)
    {
        if (one.Count < 2 || one.Count != other.Count)
            throw new ArgumentException($"{one.Count} and {other.Count} seeds cannot be paired", nameof(other));
        double[] differences = [.. one.Zip(other, (a, b) => b - a)];
        var (mean, half) = (Statistics.Mean(differences), Statistics.HalfWidth95(differences));
        var deviation = half / StudentT.InvCDF(0, 1, differences.Length - 1, 0.975);
        var chance = deviation > 0 ? 2 * StudentT.CDF(0, 1, differences.Length - 1, -Math.Abs(mean) / deviation)
            : mean == 0 ? 1 : 0;
        return new(mean, mean - half, mean + half, chance, PairedTest.StudentOverSeeds);
    }

    static (double Low, double High) Bootstrap(double[] differences, long seed)
    {
        var random = EvaluationStream.Comparison.Random(seed);
        var means = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            var sum = 0.0;
            for (var clip = 0; clip < differences.Length; clip++)
                sum += differences[random.Next(differences.Length)];
            means[i] = sum / differences.Length;
        }
        Array.Sort(means);
        return (means[(int)(Tail * Resamples)], means[(int)((1 - Tail) * Resamples) - 1]);
    }

    /// <summary>Where neither method is better, each clip that one alone has right is either's with even chance.</summary>
    static double McNemar(int better, int worse) =>
        Math.Min(1, 2 * Binomial.CDF(0.5, better + worse, Math.Min(better, worse)));

    static double Randomisation(double[] differences, long seed)
    {
        double[] decisive = [.. differences.Where(d => d != 0)];
        var observed = Math.Abs(decisive.Sum());
        var random = EvaluationStream.Comparison.Random(seed, 1);
        var atLeast = 1;
        for (var i = 0; i < Signs; i++)
        {
            var (sum, signs) = (0.0, 0UL);
            for (var at = 0; at < decisive.Length; at++)
            {
                if (at % 64 == 0)
                    signs = random.NextUInt64();
                sum += (signs >> (at % 64) & 1) == 0 ? decisive[at] : -decisive[at];
            }
            // The same sum in another order must not count as smaller.
            atLeast += Math.Abs(sum) >= observed - 1e-9 * (1 + observed) ? 1 : 0;
        }
        return atLeast / (Signs + 1.0);
    }
}

/// <summary>What a difference was tested by.</summary>
public enum PairedTest
{
    McNemarOverClips,
    RandomisationOverClips,
    StudentOverSeeds,
}
