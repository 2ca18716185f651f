using System.Buffers;
using System.Collections;
using System.Security.Cryptography;
using System.Text.Json;
using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Core.Plans;

/// <summary>Names what a plan computes.</summary>
public static class PlanDigest
{
    const int Version = 1;

    /// <summary>
    /// SHA-256, in lower-case hex, over the canonical JSON of every key that decides the weights a run ends with. The run's name, the dataset's
    /// place (its content has a digest of its own), workers, checkpoints and evaluation are not among them.
    /// </summary>
    public static string Digest(this Plan plan) => Convert.ToHexStringLower(SHA256.HashData(Canonical(plan)));

    /// <summary>What <see cref="Digest"/> is taken over: keys in alphabetical order, no spaces, shortest numbers that read back.</summary>
    public static ReadOnlySpan<byte> Canonical(Plan plan)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Version);
            json.WritePropertyName("plan");
            WriteSection(json, plan.Resolve());
            json.WriteEndObject();
        }
        return buffer.WrittenSpan;
    }

    static void WriteSection(Utf8JsonWriter json, object section)
    {
        if (section is KindSection { Unread: { } unread })
        {
            WriteUnread(json, unread);
            return;
        }
        json.WriteStartObject();
        foreach (var key in PlanSection.Of(section.GetType()).UsedKeys(section).Where(key => !key.DecidesNothing).OrderBy(key => key.Name, StringComparer.Ordinal))
        {
            if (key.Get(section) is { } value && !(key.AddedLater && key.IsDefault(section, value)))
            {
                json.WritePropertyName(key.Name);
                WriteValue(json, value);
            }
        }
        json.WriteEndObject();
    }

    // Of a kind that this program does not know, all keys as they are written.
    static void WriteUnread(Utf8JsonWriter json, PlanNode node)
    {
        switch (node)
        {
            case PlanScalar scalar:
                json.WriteStringValue(scalar.Text);
                break;
            case PlanSequence sequence:
                json.WriteStartArray();
                sequence.Items.ForEach(item => WriteUnread(json, item));
                json.WriteEndArray();
                break;
            case PlanMapping mapping:
                json.WriteStartObject();
                foreach (var (key, _, value) in mapping.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    json.WritePropertyName(key);
                    WriteUnread(json, value);
                }
                json.WriteEndObject();
                break;
        }
    }

    static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int or long:
                json.WriteNumberValue(Convert.ToInt64(value));
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case Enum name:
                json.WriteStringValue(PlanNames.Of(name));
                break;
            case IEnumerable items:
                json.WriteStartArray();
                foreach (var item in items)
                    WriteValue(json, item);
                json.WriteEndArray();
                break;
            default:
                WriteSection(json, value);
                break;
        }
    }
}
