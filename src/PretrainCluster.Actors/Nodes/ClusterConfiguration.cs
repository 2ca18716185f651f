using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor.Setup;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;

namespace PretrainCluster.Actors.Nodes;

/// <summary>cluster/pretrain.conf, beneath what a node is told when it starts.</summary>
static class ClusterConfiguration
{
    public const string SystemName = "pretrain";

    public static Config Reference { get; } = Read().WithFallback(ConfigurationFactory.FromResource<ClusterSingletonManager>("Akka.Cluster.Tools.Singleton.reference.conf"));

    /// <summary>
    /// Address, role, log and certificate of a node, above what it is configured to and the reference.
    /// </summary>
    /// <exception cref="InputException">The configuration is no HOCON, or would take the certificates' checks
    /// away.</exception>
    public static ActorSystemSetup Of(NodeSettings settings)
    {
        var config = ConfigurationFactory.ParseString(FormattableString.Invariant($$"""
            akka.cluster.roles = ["{{settings.Role}}"]
            akka.remote.dot-netty.tcp {
              hostname = "{{settings.At.Address}}"
              port = {{settings.At.Port}}
              enable-ssl = {{(settings.Certificate is null ? "off" : "on")}}
              ssl { require-mutual-authentication = on, suppress-validation = off, validate-certificate-hostname = on }
            }
            """)).WithFallback(Parse(settings.Configuration)).WithFallback(Reference);
        var setup = BootstrapSetup.Create().WithConfig(config).And(new LogSetup(settings.Log));
        if (settings.Certificate is not { } certificate)
            return setup;
        var refusals = new Refusals(settings.Log.Refused);
        return setup.And(
            new DotNettySslSetup(
            certificate.Certificate, suppressValidation: false, requireMutualAuthentication: true,
            validateCertificateHostname: true, Validate));

        bool Validate(
            X509Certificate2? peer, X509Chain? chain, string remote, SslPolicyErrors errors, ILoggingAdapter log)
        {
            if (certificate.WhyNoNode(peer, errors, remote) is not { } reason)
                return true;
            var from = IPEndPoint.TryParse(remote, out var at) ? at.Address : null;
            from = from is { IsIPv4MappedToIPv6: true } ? from.MapToIPv4() : from;
            refusals.Note($"a node's connection with {from?.ToString() ?? remote}: {reason}");
            return false;
        }
    }

    /// <param name="like">an address of this process: with TLS, all speak another protocol</param>
    public static Address AddressOf(NodeEndpoint node, Address like) => new(like.Protocol, SystemName, node.Address.ToString(), node.Port);

    static Config Parse(string configuration)
    {
        try
        {
            return configuration.Length == 0 ? Config.Empty : ConfigurationFactory.ParseString(configuration);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            throw new InputException($"the configuration is no HOCON: {failure.Message}", failure);
        }
    }

    static Config Read()
    {
        using var stream = typeof(ClusterConfiguration).Assembly.GetManifestResourceStream("pretrain.conf")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
