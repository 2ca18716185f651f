using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PretrainCluster.Core.Plans;

/// <summary>Names of enum values as plans write them: snake_case, or the name that the value declares.</summary>
public static class PlanNames
{
    public static string Of(Enum value) => NameOf(value.GetType(), value.ToString());

    internal static IReadOnlyList<string> Of(Type type) => [.. Enum.GetNames(type).Select(name => NameOf(type, name))];

    internal static object? Parse(Type type, string text) =>
        Enum.GetNames(type).Where(name => NameOf(type, name) == text).Select(name => Enum.Parse(type, name)).SingleOrDefault();

    static string NameOf(Type type, string name) =>
        type.GetField(name)?.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
