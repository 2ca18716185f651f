using PretrainCluster.Core.Plans;

namespace PretrainCluster.Core.Tests.Plans;

public sealed class AugmentationDefaultsTests
{
    public static TheoryData<AugmentationKind> Kinds => [.. Enum.GetValues<AugmentationKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void Resolve_BarePlan_SetsExactlyTheKeysOfItsKind(AugmentationKind kind)
    {
        var resolved = AugmentationDefaults.Resolve(new AugmentationPlan { Kind = kind });

        Assert.Equal(AugmentationDefaults.Of(kind), resolved);
        Assert.Empty(AugmentationDefaults.UnusedKeys(resolved));
        Assert.NotNull(resolved.Probability);
    }

    [Fact]
    public void Resolve_KeyThatIsSet_IsKept() =>
        Assert.Equal(0.5, AugmentationDefaults.Resolve(new AugmentationPlan { Kind = AugmentationKind.Shear, Amount = 0.5 }).Amount);

    [Fact]
    public void UnusedKeys_KernelOfAFlip_IsNamed() =>
        Assert.Equal(["Kernel"], AugmentationDefaults.UnusedKeys(new AugmentationPlan { Kind = AugmentationKind.Flip, Kernel = 3, Probability = 1 }));
}
