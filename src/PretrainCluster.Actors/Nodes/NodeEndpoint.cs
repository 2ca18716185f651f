using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PretrainCluster.Core;

namespace PretrainCluster.Actors.Nodes;

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
