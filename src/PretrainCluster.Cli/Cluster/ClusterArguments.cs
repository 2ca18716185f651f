using System.CommandLine;
using PretrainCluster.Core;

namespace PretrainCluster.Cli.Cluster;

/// <summary>What every verb that can act on a cluster takes: which one, and how it is talked to.</summary>
sealed class ClusterArguments
{
    const string Variable = "PRETRAIN_SECRET", UsualSecret = "runs/.cluster/secret";
    const int MostConfiguration = 1 << 20;

    readonly Option<string?> _secret = Secret($"by default what {Variable} names, or {UsualSecret}");
    readonly Option<string?> _configuration = Configuration();
    readonly Option<string?>? _cluster;
    readonly Argument<string>? _address;

    ClusterArguments(Option<string?>? cluster, Argument<string>? address) => (_cluster, _address) = (cluster, address);

    /// <summary>For a verb that acts on this machine where no cluster is named.</summary>
    public static ClusterArguments Optional() => new(new("--cluster") { Description = "a cluster, named by any of its coordinator nodes, instead of this machine", HelpName = "HOST:PORT" }, null);

    /// <summary>For a verb that needs one.</summary>
    public static ClusterArguments Required() =>
        new(new("--cluster") { Description = "any coordinator node of the cluster", HelpName = "HOST:PORT", DefaultValueFactory = _ => "127.0.0.1:4053" }, null);

    /// <summary>For a verb that is about the cluster itself.</summary>
    public static ClusterArguments Itself() => new(null, new("HOST:PORT") { Description = "any coordinator node of the cluster", DefaultValueFactory = _ => "127.0.0.1:4053" });

    /// <param name="otherwise">what stands for it where it is not given</param>
    public static Option<string?> Secret(string otherwise) => new("--secret") { Description = $"file with the cluster's secret; {otherwise}", HelpName = "FILE" };

    public static Option<string?> Configuration() => new("--configuration") { Description = "file of Akka's settings (HOCON) that go before those of cluster/pretrain.conf, for example TLS", HelpName = "FILE" };

    /// <summary>The file with the secret that an option or the environment names; null where neither does.</summary>
    public static string? SecretFile(string? given) => given ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null);

    /// <exception cref="InputException">It cannot be read.</exception>
    public static string ReadConfiguration(string? file)
    {
        if (file is null)
            return "";
        try
        {
            return new FileInfo(file).Length <= MostConfiguration ? File.ReadAllText(file) : throw new InputException($"{file}: longer than any configuration");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{file}: the configuration cannot be read: {failure.Message}", failure);
        }
    }

    public ClusterArguments AddTo(Command command)
    {
        if (_address is not null)
            command.Add(_address);
        if (_cluster is not null)
            command.Add(_cluster);
        command.Add(_secret);
        command.Add(_configuration);
        return this;
    }

    /// <summary>The cluster that is named; null where none is.</summary>
    /// <exception cref="InputException">Its address, the secret or the configuration cannot be used.</exception>
    public ClusterAccess? Open(ParseResult parse) =>
        (_address is not null ? parse.GetValue(_address) : parse.GetValue(_cluster!)) is { } cluster
            ? new ClusterAccess(cluster, SecretFile(parse.GetValue(_secret)) ?? UsualSecret, parse.GetValue(_configuration))
            : null;
}
