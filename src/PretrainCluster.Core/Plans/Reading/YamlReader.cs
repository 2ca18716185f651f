using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PretrainCluster.Core.Plans.Reading;

/// <summary>
/// Reads YAML into nodes that remember their lines. Only what a plan needs: one document of groups, lists and values. Tags, anchors and
/// aliases are refused, and size, depth and number of values are bounded, because a plan may come from anyone.
/// </summary>
sealed class YamlReader
{
    public const int MaxCharacters = 1 << 20;
    const int MaxDepth = 16;
    const int MaxNodes = 100_000;

    readonly IParser _parser;
    readonly string _source;
    readonly bool _isOption;
    readonly PlanProblems _problems;
    int _nodes;

    YamlReader(string text, string source, bool isOption, PlanProblems problems)
    {
        _parser = new Parser(new StringReader(text));
        (_source, _isOption, _problems) = (source, isOption, problems);
    }

    /// <summary>The document's root, or null where it cannot be read at all; what is wrong is added to <paramref name="problems"/>.</summary>
    /// <param name="source">the file, or the option as typed</param>
    public static PlanNode? Read(string text, string source, bool isOption, PlanProblems problems)
    {
        if (text.Length > MaxCharacters)
        {
            problems.Add(new(source, 0), "", $"has {text.Length} characters, a plan has at most {MaxCharacters}");
            return null;
        }
        var reader = new YamlReader(text, source, isOption, problems);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException wrong)
        {
            problems.Add(reader.OriginOf(wrong.Start), "", $"is not YAML: {Explain(wrong)}");
            return null;
        }
        // The parser's own checks of its state are not all YamlExceptions.
        catch (Exception wrong) when (wrong is InvalidOperationException or ArgumentException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            problems.Add(reader.OriginOf(reader._parser.Current?.End ?? Mark.Empty), "", "is not YAML from here on");
            return null;
        }
    }

    PlanNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            return null;
        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.Accept<StreamEnd>(out var more))
            throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a second document begins here, a plan is one document");
        return root;
    }

    PlanNode ReadNode(int depth)
    {
        var next = _parser.Current!;
        if (depth > MaxDepth)
            throw new YamlException(next.Start, next.End, $"more than {MaxDepth} levels of nesting");
        if (++_nodes > MaxNodes)
            throw new YamlException(next.Start, next.End, $"more than {MaxNodes} values");
        if (next is AnchorAlias || next is NodeEvent { Anchor.IsEmpty: false })
            throw new YamlException(next.Start, next.End, "anchors and aliases (& and *) are not used in plans; put text that begins so in quotes");
        if (next is NodeEvent { Tag.IsEmpty: false })
            throw new YamlException(next.Start, next.End, "tags (!) are not used in plans; put text that begins so in quotes");
        return next switch
        {
            Scalar => ReadScalar(),
            SequenceStart => ReadSequence(depth),
            MappingStart => ReadMapping(depth),
            _ => throw new YamlException(next.Start, next.End, "a value is expected here"),
        };
    }

    PlanScalar ReadScalar()
    {
        var scalar = _parser.Consume<Scalar>();
        return new(OriginOf(scalar), scalar.Value, scalar.Style != ScalarStyle.Plain, _isOption);
    }

    PlanSequence ReadSequence(int depth)
    {
        var sequence = new PlanSequence(OriginOf(_parser.Consume<SequenceStart>()));
        while (!_parser.TryConsume<SequenceEnd>(out _))
            sequence.Items.Add(ReadNode(depth + 1));
        return sequence;
    }

    PlanMapping ReadMapping(int depth)
    {
        var mapping = new PlanMapping(OriginOf(_parser.Consume<MappingStart>()));
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (_parser.Current is not Scalar)
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a key is expected here, followed by a colon");
            var key = ReadScalar();
            var value = ReadNode(depth + 1);
            if (mapping.OriginOf(key.Text) is { } first)
                _problems.Add(key.Origin, key.Text, $"this key is given twice, first on line {first.Line}; keep one of the two");
            else
                mapping.Set(key.Text, key.Origin, value);
        }
        return mapping;
    }

    Origin OriginOf(ParsingEvent parsed) => OriginOf(parsed.Start);

    Origin OriginOf(Mark mark) => new(_source, _isOption ? 0 : (int)Math.Max(1, mark.Line));

    static string Explain(YamlException wrong)
    {
        var message = new StringBuilder(wrong.Message.Trim().TrimEnd('.'));
        if (message.Length > 0)
            message[0] = char.ToLowerInvariant(message[0]);
        return message.ToString();
    }
}
