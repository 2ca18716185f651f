using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using PretrainCluster.Actors.Coordination;
using PretrainCluster.Actors.Users;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Ledgers;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Actors.Nodes;

/// <summary>
/// One node of the cluster, in this process: a coordinator's, or a worker's with its worker processes beside it. A cluster that gives a node up never takes
/// the same actor system back; so the node begins another one and joins again, while its workers train on.
/// </summary>
public sealed class ClusterNode : IAsyncDisposable
{
    // A long step and its checkpoint have to fit.
    static readonly TimeSpan s_handOver = TimeSpan.FromMinutes(5), s_lastWorkers = TimeSpan.FromSeconds(10);

    static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    readonly NodeSettings _settings;
    readonly ClusterSecret _secret;
    readonly TimeProvider _clock;
    readonly CoordinatorLine _line = new();
    readonly RunLock? _lock;
    readonly EvaluationProcesses? _evaluations;
    readonly NodeAgent? _agent;
    readonly string _workers = "";
    ActorSystem _system;
    CancellationTokenSource _left = new();
    volatile bool _wasMember;
    volatile string? _why;

    ClusterNode(NodeSettings settings, ClusterSecret secret, TimeProvider clock, ActorSystem system)
    {
        var self = Akka.Cluster.Cluster.Get(system).SelfAddress;
        // A port that was chosen stays: the node is known by it.
        _settings = settings = settings with { At = settings.At with { Port = self.Port!.Value } };
        (_secret, _clock, _system) = (secret, clock, system);
        Name = NodeEndpoint.NameOf(self);
        if (settings.Role == NodeRole.Worker)
        {
            var folder = Path.Combine(settings.ClusterFolder, "nodes", Name.Replace(':', '_'));
            Directory.CreateDirectory(folder);
            _lock = RunLock.Acquire(folder, "another node of this address");
            _workers = Path.Combine(folder, "runs");
            Directory.CreateDirectory(_workers);
            _evaluations = new EvaluationProcesses(settings.Evaluation, settings.Runs);
            _agent = new NodeAgent(OptionsOf(folder), _evaluations, _line.Report, _line.Ask);
        }
        Populate();
        // Only now: it says what it finds to an actor that is there.
        _agent?.Start(Directory.EnumerateDirectories(_workers));
    }

    /// <summary>What the cluster calls it: its address.</summary>
    public string Name { get; }

    /// <summary>Whether worker processes are left on this node.</summary>
    public bool HasWorkers => _agent is { IsIdle: false };

    /// <summary>Begins, and goes on joining by itself.</summary>
    /// <exception cref="InputException">The address is taken, another process serves as this node, or its secret or configuration cannot be used.</exception>
    public static ClusterNode Start(NodeSettings settings, TimeProvider clock)
    {
        settings = settings with { Runs = Path.GetFullPath(settings.Runs) };
        Directory.CreateDirectory(settings.ClusterFolder);
        var secret = settings.Secret is { } file ? ClusterSecret.Read(file) : ClusterSecret.ReadOrMake(Path.Combine(settings.ClusterFolder, "secret"));
        secret.CheckSameIn(DirectoryStore.Open(settings.ClusterFolder));
        foreach (var seed in settings.Seeds)
            NodeEndpoint.Check(seed);
        var system = Create(settings);
        try
        {
            return new ClusterNode(settings, secret, clock, system);
        }
        catch
        {
            system.Terminate().Wait();
            throw;
        }
    }

    /// <summary>Serves until it is cancelled; returns earlier only if the node never got into the cluster.</summary>
    /// <exception cref="OperationCanceledException">On request.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _system.WhenTerminated.WaitAsync(cancellation);
            await _left.CancelAsync();
            if (!_wasMember)
                return;
            _settings.Say($"no longer in the cluster: {_why ?? "the other nodes have given this one up, or it could not get back"}; joining again");
            await BeginAgainAsync(cancellation);
        }
    }

    /// <summary>Ends this node's workers at once, as before the process itself ends at once.</summary>
    public void KillWorkers() => _agent?.KillAll("its node was stopped");

    /// <summary>Hands the ranks of this node's workers over at a step boundary, leaves the cluster and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_agent is { } agent)
        {
            agent.Withdraw();
            // Nobody takes ranks from a node that is not in the cluster.
            await IdleAsync(agent, s_handOver, unless: _system.WhenTerminated);
            KillWorkers();
            await IdleAsync(agent, s_lastWorkers, unless: Task.Delay(Timeout.Infinite, _left.Token));
        }
        await _left.CancelAsync();
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await _system.WhenTerminated;
        _agent?.Dispose();
        _evaluations?.Dispose();
        _lock?.Dispose();
        _left.Dispose();
    }

    static ActorSystem Create(NodeSettings settings)
    {
        try
        {
            return ActorSystem.Create(ClusterConfiguration.SystemName, ClusterConfiguration.Of(settings));
        }
        catch (Exception failure) when (failure.GetBaseException() is System.Net.Sockets.SocketException taken)
        {
            throw new InputException($"{settings.At}: {taken.Message}", failure);
        }
    }

    async Task BeginAgainAsync(CancellationToken cancellation)
    {
        (_left, _why) = (new(), null);
        for (var told = ""; ;)
        {
            await Task.Delay(s_again, _clock, cancellation);
            try
            {
                _system = Create(_settings);
                Populate();
                return;
            }
            catch (InputException notYet)
            {
                if (told != notYet.Message)
                    _settings.Say(told = notYet.Message);
            }
        }
    }

    // The actors of this node, and its way into the cluster.
    void Populate()
    {
        var (system, left) = (_system, _left.Token);
        var cluster = Akka.Cluster.Cluster.Get(system);
        cluster.RegisterOnMemberUp(() => _wasMember = true);
        var pulse = new CoordinatorPulse(_settings.ClusterFolder);
        var coordinator = system.ActorOf(ClusterSingletonProxy.Props($"/user/{NodeRole.Coordinator}", ClusterSingletonProxySettings.Create(system)), "to-coordinator");
        if (_agent is not null)
        {
            var agent = Props.Create(() => new AgentActor(_agent, _line, new Seal(_secret, Name), coordinator));
            system.ActorOf(agent.WithDispatcher("pretrain.agent-dispatcher"), AgentActor.Name);
        }
        else
        {
            var ledger = new StoreLedger(DirectoryStore.Open(_settings.ClusterFolder), _clock);
            var props = Props.Create(() => new CoordinatorActor(_settings.Runs, ledger, pulse, _secret, _settings.Say, _clock, Superseded)).WithDispatcher("pretrain.coordinator-dispatcher");
            system.ActorOf(ClusterSingletonManager.Props(props, PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system)), NodeRole.Coordinator);
            system.ActorOf(Props.Create(() => new UsersActor(coordinator)), UsersActor.Name);
        }
        _ = JoinAsync(cluster, pulse, left);
    }

    async Task JoinAsync(Akka.Cluster.Cluster cluster, CoordinatorPulse pulse, CancellationToken left)
    {
        try
        {
            await Joining.JoinAsync(cluster, _settings.Seeds, pulse, _clock, left);
        }
        catch (Exception failure) when (failure is InputException or IOException)
        {
            Leave(failure.Message);
        }
    }

    NodeOptions OptionsOf(string folder) => new()
    {
        Node = Name,
        Folder = folder,
        RunFolder = run => RunFolder.At(_settings.Runs, run).Path,
        WorkerFolder = run => RunFolder.At(_workers, run).Path,
        Slots = _settings.Slots,
        Program = _settings.Worker,
        Address = _settings.At.Address.ToString(),
    };

    void Superseded(Exception by) => Leave(by.Message);

    void Leave(string why)
    {
        _why = why;
        _ = CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }

    async Task IdleAsync(NodeAgent agent, TimeSpan limit, Task unless)
    {
        for (var began = _clock.GetTimestamp(); !agent.IsIdle && _clock.GetElapsedTime(began) < limit && !unless.IsCompleted;)
            await Task.Delay(20);
    }
}
