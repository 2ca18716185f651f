using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;

namespace PretrainCluster.Core.Tests.Plans;

/// <summary>A plan with nothing but what must be given, and how the tests read variants of it.</summary>
static class PlanSamples
{
    public const string Minimal = """
        name: small
        data:
          dataset: data/some
          split: xsub
        view:
          frames: 64
        encoder: {}
        objective:
          kind: masked_motion
        training:
          epochs: 10
          batch:
            clips: 32
        """;

    public static Plan Read(params string[] settings) => PlanText.Parse(Minimal, Methods.BuiltIn, "small.yaml", settings);

    public static string[] ProblemsOf(string yaml, params string[] settings) =>
        Assert.Throws<InputException>(() => PlanText.Parse(yaml, Methods.BuiltIn, "small.yaml", settings)).Message.Split('\n');
}
