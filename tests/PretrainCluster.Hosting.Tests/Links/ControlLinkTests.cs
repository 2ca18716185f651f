using System.Net.Sockets;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;
using PretrainCluster.Hosting.Links;

namespace PretrainCluster.Hosting.Tests.Links;

public sealed class ControlLinkTests : IDisposable
{
    static readonly WorkerReady s_ready = new("w1", "demo", 1, "127.0.0.1:1", "cpu", 5, 2);

    readonly string _folder = Directory.CreateTempSubdirectory("pretrain-tests-").FullName;
    readonly RecordingSink _sink = new();

    AgentAddress Address => AgentAddress.Of(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Send_ToTheAgentAndBack_InOrder()
    {
        using var listener = Listen();
        using var link = Link();
        link.Send(s_ready);
        for (var step = 1; step <= 100; step++)
            link.Send(Steps(step));
        Assert.True(link.Drain(Patience.Limit));

        Patience.Until(() => _sink.Messages.Count == 101);
        Assert.Equal(s_ready, _sink.Messages[0]);
        Assert.Equal(Enumerable.Range(1, 100), _sink.Messages.OfType<StepsApplied>().Select(s => (int)s.Steps[0].Step));

        _sink.Links[0].Send(new StopAtBoundary("w1", 2));
        Assert.Equal(new StopAtBoundary("w1", 2), await link.Orders.ReadAsync().AsTask().WaitAsync(Patience.Limit));
    }

    [Fact]
    public void Send_NobodyThere_ReturnsAtOnceAndKeepsAllButOldHeartbeats()
    {
        using var link = Link();
        for (var i = 0; i < 10_000; i++)
            link.Send(new Heartbeat("w1", 1, i, WorkerPhase.Forward, 0, 0, 0, 0, 0, 0));
        link.Send(new AtBoundary("w1", 1, 7));
        Assert.False(link.Connected);
        Assert.True(link.AbsentFor > TimeSpan.Zero);
        Assert.False(link.Drain(TimeSpan.FromMilliseconds(20)));

        using var listener = Listen();
        Patience.Until(() => _sink.Messages.Count == 2);
        Assert.Equal(9_999, Assert.IsType<Heartbeat>(_sink.Messages[0]).Step);
        Assert.IsType<AtBoundary>(_sink.Messages[1]);
        Assert.Equal(TimeSpan.Zero, link.AbsentFor);
    }

    [Fact]
    public void Reconnected_AgentComesBackAtTheSamePath_AnnouncementGoesFirstThenWhatItMayHaveLost()
    {
        using var link = Link();
        link.Reconnected += () => link.Send(s_ready);
        var first = Listen();
        link.Send(Steps(1));
        link.Send(new CheckpointWritten("w1", 2, 1, "digest", 0));
        link.Send(new AtBoundary("w1", 2, 1));
        Patience.Until(() => _sink.Messages.Count == 3);
        first.Dispose();
        Patience.Until(() => !link.Connected);
        link.Send(Steps(2));
        _sink.Clear();

        using var second = Listen();
        Patience.Until(() => _sink.Messages.Count == 5);
        Assert.Equal(
            [typeof(WorkerReady), typeof(StepsApplied), typeof(CheckpointWritten), typeof(AtBoundary), typeof(StepsApplied)],
            _sink.Messages.Select(m => m.GetType()));
        Assert.Equal([1, 2], _sink.Messages.OfType<StepsApplied>().Select(s => (int)s.Steps[0].Step));
    }

    [Fact]
    public void Reconnected_AfterMinutesOfAFastRun_EveryStepOfThemIsSaidAgain()
    {
        const int Many = 5000;
        using var link = Link();
        using (Listen())
        {
            for (var step = 1; step <= Many; step++)
            {
                link.Send(Steps(step));
                if (step % 1000 == 0)
                    Assert.True(link.Drain(Patience.Limit));
            }
            Patience.Until(() => _sink.Messages.Count == Many);
        }
        Patience.Until(() => !link.Connected);
        _sink.Clear();

        using var second = Listen();
        Patience.Until(() => _sink.Messages.OfType<StepsApplied>().Sum(said => said.Steps.Count) == Many);
        Assert.Equal(Enumerable.Range(1, Many), _sink.Messages.OfType<StepsApplied>().SelectMany(said => said.Steps).Select(step => (int)step.Step));
        Assert.True(_sink.Messages.Count < 100);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("protocol")]
    public void Open_PeerThatDoesNotFit_IsToldWhy(string what)
    {
        using var listener = Listen();
        var refused = Assert.Throws<MessageFormatException>(() => MessageStream.Open(
            Address,
            token =>
                new Greeting(
                what == "protocol" ? 99 : MessageKinds.Protocol, LinkRole.User, what == "token" ? "guess" : token, "",
                "", "", 1)));
        Assert.Contains(what, refused.Message);
        Assert.Empty(_sink.Links);
    }

    [Fact]
    public void Listener_GarbageFromAPeer_EndsThatLinkAlone()
    {
        using var listener = Listen();
        using var link = Link();
        link.Send(s_ready);
        Patience.Until(() => _sink.Messages.Count == 1);
        foreach (var garbage in new byte[][] { [0xff, 0xff, 0xff, 0x7f], [2, 0, 0, 0, (byte)'{', (byte)'}'], [1] })
        {
            using var peer = Address.Connect();
            peer.Send(garbage);
            peer.Shutdown(SocketShutdown.Send);
            while (peer.Receive(new byte[100]) > 0)
            {
            }
        }
        link.Send(new AtBoundary("w1", 1, 1));
        Patience.Until(() => _sink.Messages.Count == 2);
    }

    [Fact]
    public void Files_OfTheLink_AreThisUsersAlone()
    {
        using var listener = Listen();
        if (OperatingSystem.IsWindows())
            return;
        Assert.True(Address.Socket.Length <= 100);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Address.TokenFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Address.Socket)!));
    }

    [Fact]
    public void Dispose_Listener_LeavesNoSocketBehind()
    {
        Listen().Dispose();
        Assert.False(File.Exists(Address.Socket));
    }

    ControlListener Listen() => ControlListener.OfAgent(Address, _sink);

    ControlLink Link()
    {
        var link = new ControlLink(
            Address,
            new Greeting(MessageKinds.Protocol, LinkRole.Worker, "", "w1", "demo", "cpu:0", Environment.ProcessId),
            TimeProvider.System);
        link.Start();
        return link;
    }

    static StepsApplied Steps(long step) => new("w1", 1, [new AppliedStep(step, 0, 0, 0, 0, 0)]);
}
