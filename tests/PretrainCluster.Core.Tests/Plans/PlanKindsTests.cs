using System.Reflection;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Objectives;
using static PretrainCluster.Core.Tests.Plans.PlanSamples;

namespace PretrainCluster.Core.Tests.Plans;

public class PlanKindsTests
{
    [Fact]
    public void Of_TheSameAssemblyTwice_NamesBothRecords()
    {
        var assembly = typeof(MaskedMotion).Assembly;
        var message = Assert.Throws<InputException>(() => PlanKinds.Of(assembly, assembly)).Message;
        Assert.Contains("register this kind", message, StringComparison.Ordinal);
        Assert.Contains("PretrainCluster.Learning", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ARecordThatIsNoSection_IsRefusedByName() =>
        Assert.Contains(nameof(Stray), Assert.Throws<InputException>(() => PlanKinds.Of(Assembly.GetExecutingAssembly())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("encoder.kind: \"transfomer\" is not known; did you mean transformer? Known are ", "encoder.kind=transfomer")]
    [InlineData("is expected, not \"nothing_like_it\"", "objective.kind=nothing_like_it")]
    [InlineData("objective.queue: only used where kind is ", "objective.queue=64")]
    [InlineData("objective.mask_ration: there is no such key; did you mean objective.mask_ratio?", "objective.mask_ration=0.5")]
    [InlineData("extensions: the plan needs code from My.dll, and code is only loaded where you name it: if you trust that file, add --extension some/My.dll", "extensions=[some/My.dll]")]
    public void Parse_WhatNoKindHas_SaysWhatIsExpected(string problem, string setting) =>
        Assert.Contains(ProblemsOf(Minimal, setting), line => line.Contains(problem, StringComparison.Ordinal));

    [Fact]
    public void Parse_WithoutKinds_KeepsTheirSectionsAsTheyAreWritten()
    {
        var text = PlanText.Write(Read("objective={kind: moco, queue: 64}", "view.augment=[{kind: flip}]"));
        var unread = PlanText.Parse(text, PlanKinds.None);

        Assert.Equal("moco", unread.Objective.Kind);
        Assert.Equal(PlanText.Parse(text, Methods.BuiltIn).Digest(), PlanText.Parse(PlanText.Write(unread), Methods.BuiltIn).Digest());
        Assert.Equal(unread.Digest(), PlanText.Parse(text, PlanKinds.None).Digest());
        Assert.NotEqual(unread.Digest(), PlanText.Parse(text.Replace("queue: 64", "queue: 65"), PlanKinds.None).Digest());
    }

    [Fact]
    public void Parse_WithAnExtension_ItsDigestIsPartOfThePlans()
    {
        var (one, other) = (new PlanExtension("a/My.dll", new string('1', 64)), new PlanExtension("b/My.dll", new string('2', 64)));
        Plan With(PlanExtension extension) => PlanText.Parse(Minimal, Methods.BuiltIn.With(extension, typeof(int).Assembly), overrides: ["extensions=[My.dll]"]);

        Assert.Equal(["My.dll"], With(one).Extensions);
        Assert.NotEqual(Read().Digest(), With(one).Digest());
        Assert.NotEqual(With(other).Digest(), With(one).Digest());
        Assert.Contains("extensions_sha256: ", Assert.Throws<InputException>(() =>
            PlanText.Parse(PlanText.Write(With(one)), Methods.BuiltIn.With(other, typeof(int).Assembly))).Message, StringComparison.Ordinal);
    }

    [Kind("stray", "belongs to no section")]
    public sealed record Stray;
}
