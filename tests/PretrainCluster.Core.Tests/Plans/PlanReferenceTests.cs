using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;

namespace PretrainCluster.Core.Tests.Plans;

public class PlanReferenceTests
{
    [Fact]
    public void Keys_EveryKey_IsExplained()
    {
        Assert.All(Methods.BuiltIn.Reference, key => Assert.True(key.Description.Length > 0, key.Path));
        Assert.Contains(Methods.BuiltIn.Reference, key => key is { Path: "view.augment[].kind", Default: null });
        Assert.Contains(Methods.BuiltIn.Reference, key => key is { Path: "training.optimizer.learning_rate", Expected: "a number from 0 to 100", Default: "0.001" });
        Assert.Contains(Methods.BuiltIn.Reference, key => key is { Path: "workers.threads", DecidesNothing: true });
        Assert.Contains(Methods.BuiltIn.Reference, key => key is { Path: "training.optimizer.kind", Default: "adamw" });
    }

    [Fact]
    public void Docs_PlansPage_HoldsTheTableAsItIs()
    {
        var page = File.ReadAllText(Checkout.At("docs", "plans.md"));

        Assert.True(page.Contains(PlanReference.ToMarkdown(Methods.BuiltIn), StringComparison.Ordinal), "docs/plans.md is behind; its table must be:\n" + PlanReference.ToMarkdown(Methods.BuiltIn));
    }
}
