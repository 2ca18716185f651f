using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Core.Tests.Coordination;

/// <summary>Who may ask the coordinator for what, and whose name stands with it.</summary>
public sealed class RightsTests
{
    static readonly User s_anna = new("anna", Role.Researcher), s_bert = new("bert", Role.Researcher),
        s_vera = new("vera", Role.Viewer);

    readonly Stage _stage = new();

    public static TheoryData<UserRequest> Changes { get; } =
        [new ScaleRun("r", 1), new PauseRun("r"), new ResumeRun("r"), new CancelRun("r", "enough")];

    public RightsTests() => Assert.IsType<Accepted>(_stage.Ask<UserReply>(new SubmitRun("r", Stage.Plan(), 0), s_anna));

    [Theory]
    [MemberData(nameof(Changes))]
    public void Change_ByAViewer_IsRefusedAndLeavesNoTrace(UserRequest change)
    {
        var entries = _stage.Ledger.Count;
        Assert.Contains("a viewer may ask for status only", _stage.Ask<Refused>(change, s_vera).Reason);
        Assert.Equal(entries, _stage.Ledger.Count);
        Assert.Equal("anna", Assert.Single(_stage.Ask<ClusterStatus>(new AskStatus(null), s_vera).Runs).By);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Change_ByAnotherResearcher_IsRefused_ByTheOwnerOrAnOperatorItIsNot(UserRequest change)
    {
        Assert.Contains("Run r belongs to anna", _stage.Ask<Refused>(change, s_bert).Reason);
        _stage.Ask<Accepted>(change, s_anna);
        Assert.DoesNotContain("belongs to", $"{_stage.Ask<UserReply>(change, Stage.Operator)}");
    }

    [Fact]
    public void Request_WithANodesRole_IsRefused() =>
        Assert.Contains(
            "a node is no user", _stage.Ask<Refused>(new AskStatus(null), new User("10.0.0.1", Role.Node)).Reason);

    [Fact]
    public void Submit_OfAnEndedRunByAnotherResearcher_IsRefused_AndItsOwnerStaysWhoSubmittedItFirst()
    {
        _stage.Ask<Accepted>(new CancelRun("r", "enough"), Stage.Operator);
        Assert.Contains(
            "Run r belongs to anna", _stage.Ask<Refused>(new SubmitRun("r", Stage.Plan(), 0), s_bert).Reason);
        _stage.Ask<Accepted>(new SubmitRun("r", Stage.Plan(), 0), Stage.Operator);
        _stage.Ask<Accepted>(new PauseRun("r"), s_anna);
        Assert.Equal("anna", Assert.Single(_stage.Successor().Ask<ClusterStatus>(new AskStatus("r")).Runs).By);
    }

    [Fact]
    public void Entries_ThatAUserCaused_NameTheUser()
    {
        _stage.Ask<Accepted>(new PauseRun("r"), s_anna);
        _stage.Ask<Accepted>(new ResumeRun("r"), Stage.Operator);
        _stage.Ask<Accepted>(new CancelRun("r", "enough"), s_anna);
        Assert.Equal("anna", Assert.Single(_stage.Ledger.OfType<RunSubmitted>()).By);
        Assert.Equal("anna", Assert.Single(_stage.Ledger.OfType<RunPaused>()).By);
        Assert.Equal("olga", Assert.Single(_stage.Ledger.OfType<RunResumed>()).By);
        Assert.Equal("anna", Assert.Single(_stage.Ledger.OfType<CancelRequested>()).By);
        Assert.Equal(
            "olga",
            Assert.Single(_stage.All.OfType<Core.Coordination.Record>(), record => record.Kind == RecordKind.Resumed)
            .By);
    }
}
