using System.Globalization;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;

namespace PretrainCluster.Actors.Nodes;

/// <summary>cluster/pretrain.conf, beneath what a node is told when it starts.</summary>
static class ClusterConfiguration
{
    public const string SystemName = "pretrain";

    public static Config Reference { get; } = Read().WithFallback(ClusterSingletonManager.DefaultConfig());

    public static Config Of(NodeSettings settings) => Of(settings.At)
        .WithFallback(ConfigurationFactory.ParseString($$"""
            akka.cluster.roles = ["{{settings.Role}}"]
            akka.cluster.seed-nodes = [{{string.Join(", ", settings.Seeds.Select(s => $"\"{AddressOf(s)}\""))}}]
            """))
        .WithFallback(Reference);

    /// <summary>Of one that talks to the cluster without being of it.</summary>
    public static Config OfUser(NodeEndpoint at) => Of(at).WithFallback(ConfigurationFactory.ParseString("akka { actor.provider = remote, loglevel = ERROR, stdout-loglevel = ERROR }")).WithFallback(Reference);

    public static string AddressOf(NodeEndpoint node) => $"akka.tcp://{SystemName}@{node}";

    static Config Of(NodeEndpoint at) => ConfigurationFactory.ParseString(string.Create(CultureInfo.InvariantCulture, $$"""
        akka.remote.dot-netty.tcp { hostname = "{{at.Address}}", port = {{at.Port}} }
        """));

    static Config Read()
    {
        using var stream = typeof(ClusterConfiguration).Assembly.GetManifestResourceStream("pretrain.conf")!;
        using var reader = new StreamReader(stream);
        return ConfigurationFactory.ParseString(reader.ReadToEnd());
    }
}
