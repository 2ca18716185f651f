using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;

namespace PretrainCluster.Actors.Tests;

/// <summary>One actor of a node in an actor system that is configured as a node's, between probes that seal and open as the nodes around it do.</summary>
public abstract class ActorStage : TestKit
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    readonly string _root = Directory.CreateTempSubdirectory("pretrain-actors-").FullName;
    readonly Seal _others;

    private protected ActorStage(string role)
        : base(ConfigurationFactory.ParseString("""akka.loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]""").WithFallback(ClusterConfiguration.Of(SettingsOf(role))), ClusterConfiguration.SystemName)
    {
        Secret = ClusterSecret.ReadOrMake(In("secret"));
        _others = new Seal(Secret, Self);
    }

    private protected ClusterSecret Secret { get; }

    /// <summary>What this node is called, and everybody on it.</summary>
    private protected string Self => NodeEndpoint.NameOf(Akka.Cluster.Cluster.Get(Sys).SelfAddress);

    private protected string In(params ReadOnlySpan<string> path) => Path.Combine([_root, .. path]);

    private protected Sealed Close(Message message, string to) => _others.Close(message, to);

    /// <summary>Waits for a message of a kind; those before it are taken off, and forgotten.</summary>
    private protected T Expect<T>(TestProbe probe) where T : Message
    {
        while (true)
        {
            if (_others.Open(probe.ExpectMsg<Sealed>(s_limit), Self, NodeRole.Coordinator).Message is T expected)
                return expected;
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_root, recursive: true);
    }

    static NodeSettings SettingsOf(string role) => new()
    {
        Role = role,
        At = NodeEndpoint.Parse("127.0.0.1:0"),
        Seeds = [],
        Runs = "",
        Worker = new WorkerProgram("", []),
        Evaluation = new WorkerProgram("", []),
        Say = _ => { },
    };
}
