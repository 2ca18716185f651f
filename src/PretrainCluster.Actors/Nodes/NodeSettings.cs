using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PretrainCluster.Core.Plans;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Learning;

namespace PretrainCluster.Actors.Nodes;

/// <summary>What a node of the cluster is told when it starts.</summary>
public sealed record NodeSettings
{
    public required string Role { get; init; }

    /// <summary>Where other nodes reach this one; port 0 stands for a free one.</summary>
    public required NodeEndpoint At { get; init; }

    /// <summary>Coordinator nodes to join through, HOST or HOST:PORT; the first of them begins the cluster, and so does one that is told of none.</summary>
    public required IReadOnlyList<string> Seeds { get; init; }

    /// <summary>The folder that holds the runs and the ledger; all nodes see the same under this path.</summary>
    public required string Runs { get; init; }

    /// <summary>The node's certificate; null where it speaks on loopback only.</summary>
    public ClusterCertificate? Certificate { get; init; }

    /// <summary>HOCON above cluster/pretrain.conf.</summary>
    public string Configuration { get; init; } = "";

    /// <summary>Of a worker node.</summary>
    public IReadOnlyList<DeviceSlot> Slots { get; init; } = [];

    /// <summary>The kinds that plans may name here; those of extensions come from files on this machine.</summary>
    public PlanKinds Kinds { get; init; } = Methods.BuiltIn;

    /// <summary>Becomes a worker process.</summary>
    public required WorkerProgram Worker { get; init; }

    /// <summary>Becomes `pretrain evaluate`.</summary>
    public required WorkerProgram Evaluation { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>Told what the node is called, once it is known.</summary>
    public Action<string> Named { get; init; } = _ => { };

    /// <summary>What belongs to the cluster rather than to a run; no run can be called so.</summary>
    internal string ClusterFolder => Path.Combine(Runs, ".cluster");
}

/// <summary>What a node of the cluster does.</summary>
public static class NodeRole
{
    /// <summary>One of these carries the coordinator, the others stand ready to.</summary>
    public const string Coordinator = "coordinator";

    /// <summary>Offers its devices.</summary>
    public const string Worker = "worker";
}

/// <summary>An IP address and a port. Names are resolved once, because nodes know each other by exactly what they call themselves.</summary>
public sealed record NodeEndpoint(IPAddress Address, int Port)
{
    /// <summary>Of a coordinator where none is named.</summary>
    public const int DefaultPort = 4053;

    /// <summary>
    /// A coordinator node takes users' requests at the port below its own, so that whoever knows the node knows where
    /// to ask.
    /// </summary>
    public int UsersPort => Port - 1;

    /// <param name="text">HOST or HOST:PORT; an IPv6 address stands in brackets</param>
    /// <exception cref="InputException">It is neither, or the name is not known.</exception>
    public static NodeEndpoint Parse(string text)
    {
        var (host, port) = Split(text);
        if (IPAddress.TryParse(host, out var literal))
            return new(literal, port);
        try
        {
            return new(Dns.GetHostAddresses(host).OrderBy(a => a.AddressFamily != AddressFamily.InterNetwork).First(), port);
        }
        catch (SocketException unknown)
        {
            throw new InputException($"{host}: {unknown.Message}", unknown);
        }
    }

    /// <summary>Host and port without asking who has that name.</summary>
    /// <exception cref="InputException">It is no address.</exception>
    public static (string Host, int Port) Split(string text) => text.Split(':') switch
    {
        _ when IPEndPoint.TryParse(text, out var literal) =>
            (literal.Address.ToString(), text.EndsWith($":{literal.Port}", StringComparison.Ordinal)
                && literal.ToString().Length == text.Length ? literal.Port : DefaultPort),
        [{ Length: > 0 } name] => (name, DefaultPort),
        [{ Length: > 0 } name, var digits] when ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => (name, number),
        _ => throw new InputException($"\"{text}\": an address is HOST or HOST:PORT, e.g. 127.0.0.1:{DefaultPort}"),
    };

    /// <summary>What a node is called: the address at which the cluster knows it.</summary>
    internal static string NameOf(Akka.Actor.Address address) => $"{address.Host}:{address.Port}";

    public override string ToString() => new IPEndPoint(Address, Port).ToString();
}
