using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Evaluation.Protocols;

namespace PretrainCluster.Learning.Tests.Evaluation.Protocols;

public sealed class EvaluationProtocolsTests
{
    [Fact]
    public void Find_EachName_IsItself()
        => Assert.All(EvaluationProtocols.All, p => Assert.Same(p, EvaluationProtocol.Find(Methods.BuiltIn, p.Name)));

    [Fact]
    public void All_AreThoseThatAPlanKnows_AndBaselinesWithoutACheckpoint()
        => Assert.Equal([.. EvaluationPlan.KnownProtocols, "raw-1nn", "supervised"], EvaluationProtocols.All.Select(protocol => protocol.Name));

    [Fact]
    public void Find_Unknown_NamesWhatThereIs()
        => Assert.Contains("linear/mamp-2023", Assert.Throws<InputException>(() => EvaluationProtocol.Find(Methods.BuiltIn, "lineer")).Message, StringComparison.Ordinal);
}
