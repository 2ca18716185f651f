using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation;

public sealed class HeldOutClipsTests
{
    [Theory]
    [InlineData(2, 2)]
    [InlineData(4, 4)]
    [InlineData(8, 4)]
    [InlineData(21, 4)]
    public void Draw_KnownSubjects_FoldsOfWholeOnes(int subjects, int expected)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var train = Clips(168, clip => clip * 5 % subjects, clip => clip % 5);
            var folds = HeldOutClips.Draw(train, seed);
            Assert.Equal(expected, folds.Count);
            Assert.Equal(Enumerable.Range(0, 168), folds.SelectMany(fold => fold.HeldOut).Order());
            foreach (var fold in folds)
            {
                var heldOut = fold.HeldOut.Select(row => train.Subjects[row]).ToHashSet();
                Assert.DoesNotContain(fold.Fit, row => heldOut.Contains(train.Subjects[row]));
                Assert.Equal(Enumerable.Range(0, 168), fold.Fit.Concat(fold.HeldOut).Order());
                Assert.InRange(heldOut.Count, subjects / expected, (subjects + expected - 1) / expected);
            }
        }
    }

    [Fact]
    public void Draw_Seeds_DealSubjectsDifferently()
    {
        var train = Clips(160, clip => clip % 8, clip => clip % 5);
        Assert.True(Enumerable.Range(1, 10).Select(seed => string.Join(",", HeldOutClips.Draw(train, seed)[0].HeldOut)).Distinct().Count() > 3);
    }

    /// <summary>UTD-MHAD's npz: class after class, within a class subject after subject, four clips each, and no subject inside the file.</summary>
    [Fact]
    public void Draw_UnknownSubjectsInFileOrder_WholeSubjectsAllTheSame()
    {
        var folds = HeldOutClips.Draw(Clips(27 * 16, _ => -1, clip => clip / 16), 1);
        Assert.Equal(4, folds.Count);
        foreach (var fold in folds)
        {
            Assert.Equal(27 * 4, fold.HeldOut.Length);
            Assert.Single(fold.HeldOut.Select(clip => clip % 16 / 4).Distinct());
            Assert.Contains("subjects unknown", fold.Rule, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Draw_OneSubject_BlocksAndSaysSo()
        => Assert.Contains("one subject only", HeldOutClips.Draw(Clips(40, _ => 3, clip => clip % 2), 1)[0].Rule, StringComparison.Ordinal);

    [Fact]
    public void Draw_OneClipAClass_IsRefused()
        => Assert.Contains("too few", Assert.Throws<PretrainCluster.Core.InputException>(() => HeldOutClips.Draw(Clips(3, _ => -1, clip => clip), 1)).Message, StringComparison.Ordinal);

    static FeatureSet Clips(int count, Func<int, int> subject, Func<int, int> label)
        => new(new float[count], 1, [.. Enumerable.Range(0, count).Select(label)], [.. Enumerable.Range(0, count).Select(subject)]);
}
