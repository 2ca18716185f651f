using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class HeldOutClipsTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    [InlineData(8, 2)]
    [InlineData(20, 5)]
    public void Draw_KnownSubjects_WholeOnes(int subjects, int expected)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var train = Clips(160, clip => clip * 7 % subjects, clip => clip % 5);
            var parts = HeldOutClips.Draw(train, seed);
            var heldOut = parts.HeldOut.Select(row => train.Subjects[row]).ToHashSet();
            Assert.Equal(expected, heldOut.Count);
            Assert.DoesNotContain(parts.Fit, row => heldOut.Contains(train.Subjects[row]));
            Assert.Equal(Enumerable.Range(0, 160), parts.Fit.Concat(parts.HeldOut).Order());
        }
    }

    [Fact]
    public void Draw_Seeds_ChooseDifferentSubjects()
    {
        var train = Clips(160, clip => clip % 8, clip => clip % 5);
        Assert.True(Enumerable.Range(1, 10).Select(seed => string.Join(",", HeldOutClips.Draw(train, seed).HeldOut)).Distinct().Count() > 3);
    }

    /// <summary>UTD-MHAD's npz: class after class, within a class subject after subject, four clips each, and no subject inside the file.</summary>
    [Fact]
    public void Draw_UnknownSubjectsInFileOrder_WholeSubjectsAllTheSame()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var parts = HeldOutClips.Draw(Clips(27 * 16, _ => -1, clip => clip / 16), seed);
            Assert.Equal(27 * 4, parts.HeldOut.Length);
            Assert.Single(parts.HeldOut.Select(clip => clip % 16 / 4).Distinct());
            Assert.Contains("subjects unknown", parts.Rule, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Draw_OneSubject_BlocksAndSaysSo()
        => Assert.Contains("one subject only", HeldOutClips.Draw(Clips(40, _ => 3, clip => clip % 2), 1).Rule, StringComparison.Ordinal);

    static FeatureSet Clips(int count, Func<int, int> subject, Func<int, int> label)
        => new(new float[count], 1, [.. Enumerable.Range(0, count).Select(label)], [.. Enumerable.Range(0, count).Select(subject)]);
}
