using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace PretrainCluster.Actors.Logging;

/// <summary>
/// A node's log on the console, a line for each entry: time, level, node, and what there is to say, with the run and
/// the worker that it is about. For people, or as JSON for whatever collects logs.
/// </summary>
public sealed class NodeConsole(NodeConsole.Settings settings) : ConsoleFormatter(FormatterName)
{
    const string FormatterName = "pretrain";

    static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What every line says.</summary>
    public sealed class Settings
    {
        /// <summary>The node's name, once it is known.</summary>
        public string Node { get; set; } = "node";

        public bool Json { get; init; }
    }

    public static ILoggerFactory Create(Settings settings) => LoggerFactory.Create(logging =>
    {
        logging.Services.AddSingleton(settings);
        logging.AddConsole(console => console.FormatterName = FormatterName);
        logging.AddConsoleFormatter<NodeConsole, ConsoleFormatterOptions>();
    });

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        var time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        if (settings.Json)
        {
            output.WriteLine(
                Line(entry.LogLevel, time, message, entry.Exception, entry.EventId.Id,
                entry.State as IReadOnlyList<KeyValuePair<string, object?>>));
            return;
        }
        var why = entry.Exception is { } failure ? $": {OneLine(failure.GetBaseException().Message)}" : "";
        output.WriteLine($"{time} {NameOf(entry.LogLevel)} {settings.Node}: {OneLine(message)}{why}");
    }

    string Line(
        LogLevel level, string time, string message, Exception? failure, int id,
        IReadOnlyList<KeyValuePair<string, object?>>? about)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, s_json))
        {
            writer.WriteStartObject();
            writer.WriteString("time", time);
            writer.WriteString("level", NameOf(level).TrimEnd());
            writer.WriteString("node", settings.Node);
            foreach (var (name, value) in about ?? [])
            {
                if (name is "Run" or "Worker")
                    writer.WriteString(name.ToLowerInvariant(), $"{value}");
            }
            writer.WriteNumber("event", id);
            writer.WriteString("message", message);
            if (failure is not null)
                writer.WriteString("error", failure.ToString());
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error or LogLevel.Critical => "error",
        _ => "debug",
    };

    // What a stranger sends must not look like a line of its own.
    static string OneLine(string text) => string.Create(text.Length, text, static (line, from) =>
    {
        for (var i = 0; i < line.Length; i++)
            line[i] = char.IsControl(from[i]) ? ' ' : from[i];
    });
}
