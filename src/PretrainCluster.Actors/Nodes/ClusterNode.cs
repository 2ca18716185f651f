using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using PretrainCluster.Actors.Coordination;
using PretrainCluster.Actors.Users;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Ledgers;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Actors.Nodes;

/// <summary>One node of the cluster, in this process: a coordinator's, or a worker's with its worker processes beside it.</summary>
public sealed class ClusterNode : IAsyncDisposable
{
    // A long step and its checkpoint have to fit.
    static readonly TimeSpan s_handOver = TimeSpan.FromMinutes(5), s_lastWorkers = TimeSpan.FromSeconds(10);

    readonly NodeSettings _settings;
    readonly TimeProvider _clock;
    readonly ActorSystem _system;
    readonly RunLock? _lock;
    NodeAgent? _agent;
    Exception? _failure;

    ClusterNode(NodeSettings settings, TimeProvider clock, ActorSystem system)
    {
        (_settings, _clock, _system) = (settings, clock, system);
        var cluster = Akka.Cluster.Cluster.Get(system);
        Name = CoordinatorActor.NodeOf(cluster.SelfAddress);
        var coordinator = system.ActorOf(ClusterSingletonProxy.Props($"/user/{NodeRole.Coordinator}", ClusterSingletonProxySettings.Create(system)), "to-coordinator");
        if (settings.Role == NodeRole.Coordinator)
            BecomeCoordinator(coordinator);
        else
            _lock = BecomeWorker(coordinator);
        if (settings.Seeds.Count == 0)
            cluster.Join(cluster.SelfAddress);
    }

    /// <summary>What the cluster calls it: its address.</summary>
    public string Name { get; }

    /// <summary>Begins, and goes on joining by itself.</summary>
    /// <exception cref="InputException">The address is taken, or another process serves as this node.</exception>
    public static ClusterNode Start(NodeSettings settings, TimeProvider clock)
    {
        settings = settings with { Runs = Path.GetFullPath(settings.Runs) };
        Directory.CreateDirectory(settings.ClusterFolder);
        ActorSystem system;
        try
        {
            system = ActorSystem.Create(ClusterConfiguration.SystemName, ClusterConfiguration.Of(settings));
        }
        catch (Exception failure) when (failure.GetBaseException() is System.Net.Sockets.SocketException taken)
        {
            throw new InputException($"{settings.At}: {taken.Message}", failure);
        }
        try
        {
            return new ClusterNode(settings, clock, system);
        }
        catch
        {
            system.Terminate().Wait();
            throw;
        }
    }

    /// <summary>Returns when the cluster has given this node up, it could not join, or another coordinator has taken over.</summary>
    /// <exception cref="LedgerSupersededException">That.</exception>
    /// <exception cref="OperationCanceledException">On request.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await _system.WhenTerminated.WaitAsync(cancellation);
        if (_failure is not null)
            throw _failure;
    }

    /// <summary>Whether worker processes are left on this node.</summary>
    public bool HasWorkers => _agent is { IsIdle: false };

    /// <summary>Ends this node's workers at once, as before the process itself ends at once.</summary>
    public void KillWorkers() => _agent?.KillAll("its node was stopped");

    /// <summary>Hands the ranks of this node's workers over at a step boundary, leaves the cluster and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_agent is { } agent && !_system.WhenTerminated.IsCompleted)
        {
            agent.Withdraw();
            await IdleAsync(agent, s_handOver);
            KillWorkers();
            await IdleAsync(agent, s_lastWorkers);
        }
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await _system.WhenTerminated;
        _lock?.Dispose();
    }

    async Task IdleAsync(NodeAgent agent, TimeSpan limit)
    {
        for (var began = _clock.GetTimestamp(); !agent.IsIdle && _clock.GetElapsedTime(began) < limit && !_system.WhenTerminated.IsCompleted;)
            await Task.Delay(20);
    }

    void BecomeCoordinator(IActorRef coordinator)
    {
        var store = DirectoryStore.Open(_settings.ClusterFolder);
        var props = Props.Create(() => new CoordinatorActor(_settings.Runs, new StoreLedger(store, _clock), Observe, _clock, Superseded)).WithDispatcher("pretrain.coordinator-dispatcher");
        _system.ActorOf(ClusterSingletonManager.Props(props, PoisonPill.Instance, ClusterSingletonManagerSettings.Create(_system)), NodeRole.Coordinator);
        _system.ActorOf(Props.Create(() => new UsersActor(coordinator)), UsersActor.Name);
    }

    RunLock BecomeWorker(IActorRef coordinator)
    {
        var folder = Path.Combine(_settings.ClusterFolder, "nodes", Name.Replace(':', '_'));
        Directory.CreateDirectory(folder);
        var held = RunLock.Acquire(folder, "another node of this address");
        var workers = Path.Combine(folder, "runs");
        var options = new NodeOptions
        {
            Node = Name,
            Folder = folder,
            RunFolder = run => RunFolder.At(_settings.Runs, run).Path,
            WorkerFolder = run => RunFolder.At(workers, run).Path,
            Slots = _settings.Slots,
            Program = _settings.Worker,
            Address = _settings.At.Address.ToString(),
        };
        var props = Props.Create(() => new AgentActor(options, workers, new EvaluationProcesses(_settings.Evaluation, _settings.Runs), coordinator, Hold));
        _system.ActorOf(props.WithDispatcher("pretrain.agent-dispatcher"), AgentActor.Name);
        return held;
    }

    void Hold(NodeAgent agent) => _agent = agent;

    IRunObserver Observe(string run) => new RunLines(line => _settings.Say($"{run}: {line}"));

    void Superseded(Exception by)
    {
        _failure = by;
        _ = CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }
}
