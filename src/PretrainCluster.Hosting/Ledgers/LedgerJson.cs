using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace PretrainCluster.Hosting.Ledgers;

/// <summary>
/// An entry of the ledger as people read it: <c>{"protocol":1,"kind":"run_paused","body":{...}}</c> in UTF-8. The
/// number is the format's own: what links speak changes without it.
/// </summary>
static class LedgerJson
{
    const int Version = 1;

    static readonly JsonSerializerOptions s_entries = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static void Encode(LedgerEntry entry, IBufferWriter<byte> to)
    {
        using var writer = new Utf8JsonWriter(to);
        writer.WriteStartObject();
        writer.WriteNumber("protocol", Version);
        writer.WriteString("kind", MessageKinds.KindOf(entry.GetType()));
        writer.WritePropertyName("body");
        JsonSerializer.Serialize(writer, entry, Contract(entry.GetType()));
        writer.WriteEndObject();
    }

    /// <exception cref="MessageFormatException">Another version, an unknown kind, or bytes that are no entry; says
    /// which.</exception>
    public static LedgerEntry Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes.Span);
            Expect(ref reader, JsonTokenType.StartObject);
            NameOf(ref reader, "protocol");
            reader.Read();
            if (reader.GetInt32() is not Version and var other)
                throw new MessageFormatException(
                    $"an entry of version {other}, this is {Version}: a newer pretrain wrote it");
            NameOf(ref reader, "kind");
            reader.Read();
            var contract = Contract(MessageKinds.TypeOf(reader.GetString() ?? ""));
            NameOf(ref reader, "body");
            reader.Read();
            var entry = (LedgerEntry?)JsonSerializer.Deserialize(ref reader, contract)
                ?? throw new MessageFormatException("an entry without a body");
            Expect(ref reader, JsonTokenType.EndObject);
            return reader.Read() ? throw new MessageFormatException("bytes behind an entry's end") : entry;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new MessageFormatException($"bytes that are no entry: {failure.Message}", failure);
        }
    }

    static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token)
            throw new MessageFormatException($"bytes that are no entry: {token} is missing");
    }

    static void NameOf(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.PropertyName);
        if (!reader.ValueTextEquals(name))
            throw new MessageFormatException($"bytes that are no entry: \"{name}\" is missing");
    }

    static JsonTypeInfo Contract(Type type) => type.IsSubclassOf(typeof(LedgerEntry)) ? s_entries.GetTypeInfo(type)
        : throw new MessageFormatException($"{MessageKinds.KindOf(type)} is no entry of a ledger");
}
