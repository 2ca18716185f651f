using System.Net;
using PretrainCluster.Training.Certificates;

namespace PretrainCluster.Training.Exchange;

/// <summary>Where and how a worker accepts the data plane's connections.</summary>
public sealed record ExchangeListenerOptions
{
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 for a free one.</summary>
    public int Port { get; init; }

    /// <summary>The name or address at which peers reach this host, where it is not <see cref="Address"/>: needed when that is 0.0.0.0.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>
    /// Members on this host connect over a Unix domain socket (Linux), which costs a third of the processor time of TCP over loopback. It has an abstract name, that
    /// of the endpoint, so it is found from within this host's network namespace only, and leaves no file.
    /// </summary>
    public bool LocalSocket { get; init; } = OperatingSystem.IsLinux();

    /// <summary>
    /// Encrypts connections between hosts, and lets in nodes of its authority alone; then every member must have one.
    /// </summary>
    public ClusterCertificate? Certificate { get; init; }

    /// <summary>Told, once for each reason, why somebody was not let in.</summary>
    public Action<string> Refused { get; init; } = _ => { };

    /// <summary>Connections that have not proved themselves yet; beyond that they are shut at once.</summary>
    public int PendingLimit { get; init; } = 256;

    /// <summary>What such a connection has to prove itself, waiting for its generation to be announced here included.</summary>
    public TimeSpan PendingTime { get; init; } = TimeSpan.FromSeconds(10);
}
