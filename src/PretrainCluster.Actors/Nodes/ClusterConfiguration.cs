using System.Globalization;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using PretrainCluster.Core;

namespace PretrainCluster.Actors.Nodes;

/// <summary>cluster/pretrain.conf, beneath what a node is told when it starts.</summary>
static class ClusterConfiguration
{
    public const string SystemName = "pretrain";

    static readonly Version s_mutualTls = new(1, 5, 55, 0);

    public static Config Reference { get; } = Read().WithFallback(ConfigurationFactory.FromResource<ClusterSingletonManager>("Akka.Cluster.Tools.Singleton.reference.conf"));

    /// <exception cref="InputException">What is configured cannot be had from this version of Akka.</exception>
    public static Config Of(NodeSettings settings) => Checked(Of(settings.At)
        .WithFallback(ConfigurationFactory.ParseString($"""akka.cluster.roles = ["{settings.Role}"]"""))
        .WithFallback(Parse(settings.Configuration))
        .WithFallback(Reference));

    /// <summary>Of one that talks to the cluster without being of it.</summary>
    public static Config OfUser(NodeEndpoint at, string configuration) => Checked(Of(at)
        .WithFallback(ConfigurationFactory.ParseString("akka { actor.provider = remote, loglevel = ERROR, stdout-loglevel = ERROR }"))
        .WithFallback(Parse(configuration))
        .WithFallback(Reference));

    /// <param name="like">an address of this process: with TLS, all speak another protocol</param>
    public static Address AddressOf(NodeEndpoint node, Address like) => new(like.Protocol, SystemName, node.Address.ToString(), node.Port);

    static Config Of(NodeEndpoint at) => ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
        akka.remote.dot-netty.tcp { hostname = "{{at.Address}}", port = {{at.Port}} }
        """));

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

    // Before 1.5.55 the node that is connected to asks for no certificate: whoever connects is in (CVE-2025-61778).
    static Config Checked(Config config)
    {
        var akka = typeof(ActorSystem).Assembly.GetName().Version!;
        if (!config.GetBoolean("akka.remote.dot-netty.tcp.enable-ssl"))
            return config;
        if (akka < s_mutualTls)
            throw new InputException($"TLS needs Akka.NET {s_mutualTls.ToString(3)} or newer: this one, {akka.ToString(3)}, lets in whoever connects, without asking for a certificate (CVE-2025-61778). Build with AkkaVersion={s_mutualTls.ToString(3)}, or leave enable-ssl out");
        if (!config.GetBoolean("akka.remote.dot-netty.tcp.ssl.require-mutual-authentication") || config.GetBoolean("akka.remote.dot-netty.tcp.ssl.suppress-validation"))
            throw new InputException("TLS without checking both certificates lets in whoever connects: leave require-mutual-authentication on and suppress-validation off");
        return config;
    }

    static Config Read()
    {
        using var stream = typeof(ClusterConfiguration).Assembly.GetManifestResourceStream("pretrain.conf")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
