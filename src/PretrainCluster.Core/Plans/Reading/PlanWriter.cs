using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PretrainCluster.Core.Plans.Reading;

/// <summary>Writes a plan as YAML.</summary>
static partial class PlanWriter
{
    public static string Write(Plan plan)
    {
        var text = new StringBuilder();
        WriteSection(text, plan, 0);
        return text.ToString();
    }

    static void WriteSection(StringBuilder text, object section, int indent)
    {
        if (section is KindSection { Unread: { } unread })
        {
            WriteUnread(text, unread, indent);
            return;
        }
        foreach (var key in PlanSection.Of(section.GetType()).UsedKeys(section))
        {
            var value = key.Get(section);
            if (value is null || (PlanSection.IsSection(key.ValueType) && !SaysAnything(value)))
                continue;
            text.Append(' ', indent).Append(key.Name).Append(':');
            if (key.ItemType is not null)
                WriteList(text, (IEnumerable)value, indent + 2);
            else if (PlanSection.IsSection(key.ValueType))
                WriteSection(text.Append('\n'), value, indent + 2);
            else
                text.Append(' ').Append(Scalar(value)).Append('\n');
        }
    }

    // Of a kind that this program does not know, all keys as they were written.
    static void WriteUnread(StringBuilder text, PlanMapping mapping, int indent)
    {
        foreach (var (key, _, value) in mapping.Entries)
            text.Append(' ', indent).Append(key).Append(": ").Append(Flow(value)).Append('\n');

        static string Flow(PlanNode node) => node switch
        {
            PlanMapping { } inner => $"{{{string.Join(", ", inner.Entries.Select(entry => $"{entry.Key}: {Flow(entry.Value)}"))}}}",
            PlanSequence sequence => $"[{string.Join(", ", sequence.Items.Select(Flow))}]",
            PlanScalar { Quoted: false } scalar when PlainText().IsMatch(scalar.Text) || ScalarSyntax.IsNotText(scalar.Text) => scalar.Text,
            PlanScalar scalar => Quote(scalar.Text),
            _ => throw new InvalidOperationException($"A plan cannot hold {node.Kind}."),
        };
    }

    static bool SaysAnything(object section) => section is KindSection { Unread: { } unread } ? unread.Entries.Any() : PlanSection.Of(section.GetType()).UsedKeys(section).Any(key => key.Get(section) is not null);

    static void WriteList(StringBuilder text, IEnumerable items, int indent)
    {
        var values = items.Cast<object>().ToList();
        if (values.TrueForAll(value => !PlanSection.IsSection(value.GetType()) || NameAlone(value) is not null))
        {
            text.Append(" [").AppendJoin(", ", values.Select(value => Scalar(NameAlone(value) ?? value))).Append("]\n");
            return;
        }
        text.Append('\n');
        foreach (var value in values)
        {
            var item = new StringBuilder();
            WriteSection(item, value, indent + 2);
            item[indent] = '-';
            text.Append(item);
        }
    }

    /// <summary>The name of a section's kind where nothing else need be written of it.</summary>
    static string? NameAlone(object value) =>
        value is KindSection section && PlanKinds.MayBeNamed(section.GetType()) && Says(section) == 1 ? section.Kind : null;

    static int Says(KindSection section) => section.Unread is { } unread ? unread.Entries.Count()
        : PlanSection.Of(section.GetType()).UsedKeys(section).Count(key => key.Get(section) is not null);

    static string Scalar(object value) => value switch
    {
        bool truth => truth ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        int or long => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        Enum name => PlanNames.Of(name),
        string text => PlainText().IsMatch(text) && !ScalarSyntax.IsNotText(text) ? text : Quote(text),
        _ => throw new InvalidOperationException($"A plan cannot hold a {value.GetType().Name}."),
    };

    static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            if (letter is '"' or '\\')
                quoted.Append('\\').Append(letter);
            else if (char.IsControl(letter) || letter is '\u2028' or '\u2029' or '\ufeff')
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            else
                quoted.Append(letter);
        }
        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"^[A-Za-z0-9./_][A-Za-z0-9./_-]*\z")]
    private static partial Regex PlainText();
}
