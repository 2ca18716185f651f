using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Tests.Codecs;

/// <summary>How docs/protocol.md writes values and types, by the records alone: no codec takes part.</summary>
static class ProtocolNotation
{
    static readonly JsonSerializerOptions s_text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly NullabilityInfoContext s_nullability = new();

    public static string Of(Message message) => $"[{MessageKinds.Protocol}, {Of((object)MessageKinds.KindOf(message.GetType()))}, {Of((object)message)}]";

    public static string NameOf(Type type) => Snake(type.Name);

    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    public static IReadOnlyList<PropertyInfo> MembersOf(Type type) =>
        [.. type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Select(parameter => type.GetProperty(parameter.Name!)!)];

    public static string TypeOf(PropertyInfo member) =>
        TypeOf(member.PropertyType) + (s_nullability.Create(member).ReadState == NullabilityState.Nullable ? " or nil" : "");

    /// <summary>The records and enums that a type's members name, and those that theirs name.</summary>
    public static IEnumerable<Type> PartsOf(Type type) => MembersOf(type)
        .Select(m => m.PropertyType.IsGenericType ? m.PropertyType.GetGenericArguments()[0] : m.PropertyType)
        .Where(t => t.IsEnum || t.Assembly == typeof(Message).Assembly)
        .SelectMany(t => PartsOf(t).Prepend(t));

    static string TypeOf(Type type) =>
        type == typeof(string) ? "text"
        : type == typeof(int) ? "int32"
        : type == typeof(long) ? "int64"
        : type == typeof(double) ? "float64"
        : type == typeof(bool) ? "bool"
        : type == typeof(byte[]) ? "bytes"
        : type == typeof(DateTimeOffset) ? "time"
        : type.IsGenericType ? $"list of {TypeOf(type.GetGenericArguments()[0])}"
        : NameOf(type);

    static string Of(object? value) => value switch
    {
        null => "null",
        string text => JsonSerializer.Serialize(text, s_text),
        bool truth => truth ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'),
        Enum choice => choice.ToString("D"),
        byte[] bytes => $"h'{Convert.ToHexStringLower(bytes)}'",
        DateTimeOffset time => string.Create(CultureInfo.InvariantCulture, $"[t'{time:yyyy-MM-ddTHH:mm:ss}Z', {time.Offset.TotalMinutes}]"),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Of))}]",
        _ => $"[{string.Join(", ", MembersOf(value.GetType()).Select(m => Of(m.GetValue(value))))}]",
    };
}
