using System.Text.Json;

namespace PretrainCluster.Hosting.Codecs;

/// <summary>The kinds of messages by the names that an envelope carries: the type's own, in snake_case.</summary>
public static class MessageKinds
{
    /// <summary>Raised with every change that an older peer would misread.</summary>
    public const int Protocol = Core.Coordination.Coordinator.Protocol;

    static readonly Dictionary<string, Type> s_types =
        typeof(Message).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Message)) && !type.IsAbstract).ToDictionary(KindOf);

    public static IReadOnlyCollection<Type> Types => s_types.Values;

    public static string KindOf(Type type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name);

    /// <exception cref="MessageFormatException">No message of this version is called so.</exception>
    public static Type TypeOf(string kind) =>
        s_types.GetValueOrDefault(kind) ?? throw new MessageFormatException($"a message of the unknown kind \"{Shown(kind)}\"");

    /// <exception cref="MessageFormatException">It is another protocol.</exception>
    public static void CheckProtocol(int protocol)
    {
        if (protocol != Protocol)
            throw new MessageFormatException($"a message of protocol {protocol}, this is {Protocol}: host and workers must be of one version");
    }

    static string Shown(string kind) => new([.. kind.Take(64).Select(c => char.IsControl(c) ? '?' : c)]);
}
