using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Actors.Tests;

/// <summary>
/// One actor of a node in an actor system that is configured as a node's, between probes that speak as the nodes around
/// it do.
/// </summary>
public abstract class ActorStage : TestKit
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    readonly string _root = Directory.CreateTempSubdirectory("pretrain-actors-").FullName;

    private protected ActorStage(string role) : base(SetupOf(role), ClusterConfiguration.SystemName)
    {
    }

    private protected LogLines Said { get; } = new();

    private protected Refusals Refusals => new(text => Said.Log(LogLevel.Warning, "refused: {Text}", text));

    /// <summary>What this node is called, and everybody on it.</summary>
    private protected string Self => NodeEndpoint.NameOf(Akka.Cluster.Cluster.Get(Sys).SelfAddress);

    private protected string In(params ReadOnlySpan<string> path) => Path.Combine([_root, .. path]);

    /// <summary>Waits for a message of a kind; those before it are taken off, and forgotten.</summary>
    private protected static T Expect<T>(TestProbe probe) where T : Message
    {
        while (true)
        {
            if (probe.ExpectMsg<Message>(s_limit) is T expected)
                return expected;
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        Directory.Delete(_root, recursive: true);
    }

    static ActorSystemSetup SetupOf(string role)
    {
        var setup = ClusterConfiguration.Of(new NodeSettings
        {
            Role = role,
            At = NodeEndpoint.Parse("127.0.0.1:0"),
            Seeds = [],
            Runs = "",
            Worker = new WorkerProgram("", []),
            Evaluation = new WorkerProgram("", []),
            Log = new LogLines(),
        });
        var config = setup.Get<BootstrapSetup>().Value.Config.Value;
        return setup.And(BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString("""akka.loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]""").WithFallback(config)));
    }
}

/// <summary>A log that remembers its lines.</summary>
sealed class LogLines : ILogger
{
    readonly List<string> _lines = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter)
    {
        lock (_lines)
            _lines.Add(formatter(state, exception));
    }
}
