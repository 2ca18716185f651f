using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed partial class ObjectiveTests
{
    /// <summary>Not NNCLR: rounding may choose another neighbour.</summary>
    public static TheoryData<ObjectiveKind> SmoothKinds => [.. Enum.GetValues<ObjectiveKind>().Where(kind => kind != ObjectiveKind.Nnclr)];

    [Theory, MemberData(nameof(SmoothKinds))]
    public void Forward_InBf16_IsCloseToFp32(ObjectiveKind kind)
    {
        using var scope = NewDisposeScope();
        using var objective = Create(kind, s_encoder);
        var clips = Clips(kind);
        var exact = LossAndGradients(objective, clips, 1);

        float[] rounded;
        using (autocast())
            rounded = LossAndGradients(objective, clips, 1);

        Assert.NotEqual(exact[0], rounded[0]);
        Assert.Equal(1, rounded[0] / exact[0], 0.02);
        Close.Equal(exact[1..], rounded[1..], 0.05);
    }
}
