using System.Text.RegularExpressions;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Skeletons.Views.Augmentations;
using static PretrainCluster.Core.Tests.Plans.PlanSamples;

namespace PretrainCluster.Core.Tests.Plans;

public class PlanOverrideTests
{
    [Fact]
    public void Set_KeyOfAnyDepth_WinsOverTheFileAndTheLastOneWins()
    {
        var plan = Read("training.epochs=20", "training.epochs=30", "checkpoints.keep=7", "name=60");

        Assert.Equal(30, plan.Training.Epochs);
        Assert.Equal(7, plan.Checkpoints.Keep);
        Assert.Equal("60", plan.Name);
    }

    [Fact]
    public void Set_ItemOfAList_ChangesOrAddsThatItem()
    {
        var yaml = Minimal.Replace("  frames: 64", "  frames: 64\n  augment:\n    - kind: rotation\n      amount: 0.3");
        var plan = PlanText.Parse(yaml, Methods.BuiltIn, overrides: ["view.augment[0].amount=0.2", "view.augment[1]={kind: flip, probability: 1}"]);

        Assert.Equal(["rotation", "flip"], plan.View.Augment.Select(augmentation => augmentation.Kind));
        Assert.Equal(0.2, Assert.IsType<Rotation.Settings>(plan.View.Augment[0]).Amount);
        Assert.Equal(1, plan.View.Augment[1].Probability);
    }

    [Fact]
    public void Set_List_ReplacesIt() => Assert.Equal(["knn", "linear"], Read("evaluation.protocols=[knn, linear]").Evaluation.Protocols.Select(protocol => protocol.Kind));

    [Fact]
    public void Set_AsThePlansPageShowsIt_IsUnderstood()
    {
        var page = File.ReadAllText(Checkout.At("docs", "plans.md"));
        var shown = Regex.Matches(page, @"^    --set ([^\s']+(?:'[^']*')?)", RegexOptions.Multiline).Select(match => match.Groups[1].Value.Replace("'", "")).ToArray();

        Assert.True(shown.Length >= 4, "docs/plans.md shows too few settings");
        var plan = Read(["view.augment[0].kind=rotation", .. shown]);
        Assert.Equal(["rotation", "flip"], plan.View.Augment.Select(augmentation => augmentation.Kind));
        Assert.Equal(10, plan.Training.Epochs);
    }

    [Theory]
    [InlineData("training.epochs", "--set training.epochs: a key and a value are expected")]
    [InlineData("=3", "a key and a value are expected")]
    [InlineData("training..epochs=3", "a key and a value are expected")]
    [InlineData("training.epoch=3", "--set training.epoch=3: training.epoch: there is no such key; did you mean training.epochs?")]
    [InlineData("training.epochs=many", "--set training.epochs=many: training.epochs: a whole number")]
    [InlineData("training.epochs=", "--set training.epochs=: training.epochs: a whole number from 1 to 1000000 is expected, not nothing")]
    [InlineData("training.epochs.more=3", "nothing can be set below it")]
    [InlineData("view.augment[1].kind=flip", "the list is empty")]
    [InlineData("data.split=[", "--set data.split=[: is not YAML")]
    [InlineData("training.optimizer.warmup_epochs=10", "--set training.optimizer.warmup_epochs=10: training.optimizer.warmup_epochs: less than training.epochs, 10, is expected")]
    public void Set_Wrongly_NamesTheOption(string setting, string problem) =>
        Assert.Contains(problem, string.Join('\n', ProblemsOf(Minimal, setting)));
}
