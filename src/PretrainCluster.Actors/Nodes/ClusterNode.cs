using System.Net;
using System.Net.Sockets;
using Akka.Cluster.Tools.Singleton;
using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Ledgers;
using PretrainCluster.Hosting.Links;
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

    static readonly TimeSpan s_again = TimeSpan.FromSeconds(1), s_warning = TimeSpan.FromDays(30);

    static readonly Refused s_elsewhere = new("this machine is a node of a cluster: ask the cluster, with --cluster");

    readonly NodeSettings _settings;
    readonly TimeProvider _clock;
    readonly CoordinatorLine _line = new();
    readonly RunLock? _lock;
    readonly EvaluationProcesses? _evaluations;
    readonly NodeAgent? _agent;
    readonly ControlListener? _users;
    readonly Refusals _refusals;
    readonly string _workers = "";
    ActorSystem _system;
    CancellationTokenSource _left = new();
    volatile bool _wasMember;
    volatile string? _why;

    ClusterNode(NodeSettings settings, TimeProvider clock, ActorSystem system)
    {
        var self = Akka.Cluster.Cluster.Get(system).SelfAddress;
        // A port that was chosen stays: the node is known by it.
        _settings = settings = settings with { At = settings.At with { Port = self.Port!.Value } };
        (_clock, _system, _refusals) = (clock, system, new Refusals(settings.Log.Refused));
        Name = NodeEndpoint.NameOf(self);
        settings.Named(Name);
        if (settings.Role == NodeRole.Worker)
        {
            var folder = Path.Combine(settings.ClusterFolder, "nodes", Name.Replace(':', '_'));
            Directory.CreateDirectory(folder);
            _lock = RunLock.Acquire(folder, "another node of this address");
            _workers = Path.Combine(folder, "runs");
            Directory.CreateDirectory(_workers);
            _evaluations = new EvaluationProcesses(settings.Evaluation, settings.Runs);
            _agent = new NodeAgent(OptionsOf(folder), _evaluations, _line.Report, (_, _, answer) => answer(s_elsewhere));
        }
        else
        {
            _users = OpenToUsers();
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
    /// <exception cref="InputException">The address is taken, another process serves as this node, or its certificate
    /// or configuration cannot be used.</exception>
    public static ClusterNode Start(NodeSettings settings, TimeProvider clock)
    {
        settings = settings with { Runs = Path.GetFullPath(settings.Runs) };
        Check(settings);
        if (settings is { Role: NodeRole.Coordinator, At.Port: 0 })
            settings = settings with { At = settings.At with { Port = FreePort(settings.At.Address) } };
        Directory.CreateDirectory(settings.ClusterFolder);
        foreach (var seed in settings.Seeds)
            NodeEndpoint.Split(seed);
        var system = Create(settings);
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
            _settings.Log.Left(_why ?? "the other nodes have given this one up, or it could not get back");
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
        _users?.Dispose();
        await _left.CancelAsync();
        await CoordinatedShutdown.Get(_system).Run(CoordinatedShutdown.ClrExitReason.Instance);
        await _system.WhenTerminated;
        _agent?.Dispose();
        _evaluations?.Dispose();
        _lock?.Dispose();
        _left.Dispose();
    }

    /// <summary>Who may be reached by others is protected by certificates.</summary>
    static void Check(NodeSettings settings)
    {
        var (address, loopback) = (settings.At.Address, IPAddress.IsLoopback(settings.At.Address));
        if (settings.Certificate is not { } certificate)
        {
            if (!loopback)
                throw new InputException($"{settings.At}: without a certificate a node speaks on loopback only; "
                    + $"`pretrain cluster certificates --to FOLDER --node {address}` makes one, and --certificate "
                    + $"FOLDER/{address}.pem names it");
            settings.Log.WithoutCertificate();
            return;
        }
        var identity = certificate.Identity;
        if (identity.Role != Role.Node)
            throw new InputException(
                $"{certificate.File}: the certificate of {identity.Name} is for the role "
                    + $"{CertificateIdentity.NameOf(identity.Role)}; a node needs one that --node made");
        if (!identity.Hosts.Contains(CertificateIdentity.AnyHost) && !identity.Hosts.Contains(address.ToString()))
            throw new InputException(
                $"{certificate.File}: the certificate is for {string.Join(", ", identity.Hosts)}, so other nodes "
                    + $"would refuse this one at {address}; "
                + $"`pretrain cluster certificates --to FOLDER --node "
                + $"{string.Join(',', identity.Hosts.Append(address.ToString()))}` makes one that is for both");
        if (certificate.Certificate.NotAfter < DateTime.Now + s_warning)
            settings.Log.Expires(certificate.Certificate.NotAfter);
    }

    ControlListener OpenToUsers()
    {
        try
        {
            var users = ControlListener.OfUsers(
                new IPEndPoint(_settings.At.Address, _settings.At.UsersPort), _settings.Certificate, _line,
                (from, reason) => _refusals.Note($"a user at {(from as IPEndPoint)?.Address}: {reason}"));
            _settings.Log.UsersAt(users.At);
            return users;
        }
        catch (IOException taken)
        {
            throw new InputException(
                $"users reach a coordinator at the port below its own: {taken.Message}; --at names another", taken);
        }
    }

    /// <summary>A port that is free, and the one below it.</summary>
    static int FreePort(IPAddress address)
    {
        while (true)
        {
            using var own = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            own.Bind(new IPEndPoint(address, 0));
            var port = ((IPEndPoint)own.LocalEndPoint!).Port;
            try
            {
                using var below = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                below.Bind(new IPEndPoint(address, port - 1));
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it; the system chooses again.
            }
        }
    }

    static ActorSystem Create(NodeSettings settings)
    {
        try
        {
            return ActorSystem.Create(ClusterConfiguration.SystemName, ClusterConfiguration.Of(settings));
        }
        catch (Exception failure) when (failure.GetBaseException() is SocketException taken)
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
                    _settings.Log.NotYet(told = notYet.Message);
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
            var agent = Props.Create(() => new AgentActor(_agent, _line, coordinator, _refusals));
            system.ActorOf(agent.WithDispatcher("pretrain.agent-dispatcher"), AgentActor.Name);
        }
        else
        {
            var ledger = new StoreLedger(DirectoryStore.Open(_settings.ClusterFolder), _clock);
            var props = Props.Create(
                () => new CoordinatorActor(
                    _settings.Runs, _settings.Kinds, ledger, pulse, _settings.Log, _clock, Superseded))
                .WithDispatcher("pretrain.coordinator-dispatcher");
            system.ActorOf(ClusterSingletonManager.Props(props, PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system)), NodeRole.Coordinator);
            _line.Connect(coordinator, ActorRefs.Nobody);
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
        Certificate = _settings.Certificate is { } certificate ? Path.GetFullPath(certificate.File) : null,
        Extensions = [.. _settings.Kinds.Extensions.Select(extension => extension.File)],
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

/// <summary>
/// How a node gets into the cluster. Akka would let the first seed node, and no other, begin a cluster of its own whenever no other seed answers for a few
/// seconds. Cut off from a cluster that goes on, that would be a second one with a second coordinator; and without the first seed there would be
/// none. Here a seed begins a cluster only where nobody coordinates, and each may, in their order.
/// </summary>
static class Joining
{
    static readonly TimeSpan s_ask = TimeSpan.FromMilliseconds(500);

    // One after the other, should the first not be there any more.
    static TimeSpan PatienceOf(int place, bool alone, bool isNew) => alone ? TimeSpan.Zero : isNew && place == 0 ? CoordinatorPulse.Interval : (place + 1) * CoordinatorPulse.Patience;

    /// <param name="seeds">HOST:PORT, resolved anew each time: a container that is started again may have another address</param>
    /// <param name="left">ends the attempt</param>
    /// <exception cref="InputException">None of the seeds has an address.</exception>
    public static async Task JoinAsync(Akka.Cluster.Cluster cluster, IReadOnlyList<string> seeds, CoordinatorPulse pulse, TimeProvider clock, CancellationToken left)
    {
        var addresses = seeds.Select(AddressOf).OfType<Address>().ToList();
        var others = addresses.Where(address => !address.Equals(cluster.SelfAddress)).ToList();
        if (others.Count > 0)
            cluster.JoinSeedNodes(others);
        var place = addresses.IndexOf(cluster.SelfAddress);
        if (place < 0 && seeds.Count > 0)
        {
            if (others.Count == 0)
                throw new InputException($"none of the seed nodes {string.Join(", ", seeds)} has an address");
            return;
        }

        var alone = seeds.Count <= 1;
        var seen = pulse.Read();
        for (var patience = PatienceOf(place, alone, isNew: seen is null); ; seen = pulse.Read())
        {
            await WaitAsync(patience);
            if (IsMember() || left.IsCancellationRequested)
                return;
            if (alone || pulse.Read() == seen)
                break;
        }
        cluster.Join(cluster.SelfAddress);

        async Task WaitAsync(TimeSpan time)
        {
            for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < time && !IsMember() && !left.IsCancellationRequested;)
                await Task.Delay(s_ask, clock, CancellationToken.None);
        }

        // A machine that is away may have no address; the others do.
        Address? AddressOf(string seed)
        {
            try
            {
                return ClusterConfiguration.AddressOf(NodeEndpoint.Parse(seed), cluster.SelfAddress);
            }
            catch (InputException)
            {
                return null;
            }
        }

        bool IsMember() => cluster.State.Members.Any(member => member.Address.Equals(cluster.SelfAddress));
    }
}
