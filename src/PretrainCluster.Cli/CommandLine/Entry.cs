using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>
/// Parses a command line, runs it and turns what happened into an exit code:
/// 0 done, 1 failed, 2 the user's input cannot be used, 130 interrupted.
/// </summary>
public static class Entry
{
    public const int Done = 0, Failed = 1, BadInput = 2, Interrupted = 130;

    /// <summary>What follows the reason of a failure.</summary>
    internal const string TraceHint = "(PRETRAIN_TRACE=1 shows where)";

    public static async Task<int> Run(RootCommand root, IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        var parse = root.Parse(arguments switch
        {
            [] => ["--help"],
            ["help", ..] => [.. arguments.Skip(1), "--help"],
            _ => arguments,
        });
        // Help, version and completion answer whatever else is on the line.
        if (parse.Action is null or ParseErrorAction || (parse.Action == parse.CommandResult.Command.Action && UnknownOptions(parse).Any()))
            return Refuse(parse, error);

        try
        {
            // Signals arrive through the token alone: a run needs longer to write its checkpoint than the parser's own handler would grant.
            var settings = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parse.InvokeAsync(settings, cancellation);
        }
        catch (Exception exception)
        {
            return Explain(exception, error, cancellation);
        }
    }

    static int Refuse(ParseResult parse, TextWriter error)
    {
        var line = HelpText.PathOf(parse.CommandResult.Command);
        foreach (var reason in Reasons(parse, parse.CommandResult.Command))
            error.WriteLine($"{line}: {reason}");
        error.WriteLine($"`{line} --help` shows what it takes.");
        return BadInput;
    }

    // The first reason that explains the others: after a word that is not known, the parser finds fault with all that follows.
    static IEnumerable<string> Reasons(ParseResult parse, Command command)
    {
        if (UnknownOptions(parse).ToList() is { Count: > 0 } options)
            return options.Select(option => $"{option} is not an option here{Meant(option, command.Options.Select(known => known.Name))}");
        if (command.Subcommands.Count == 0)
            return parse.Errors.Select(reason => reason.Message).Distinct();

        var names = command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name).ToList();
        return parse.UnmatchedTokens is [var word, ..]
            ? [$"'{word}' is not a command{Meant(word, names)}"]
            : [$"a command is missing; one of {string.Join(", ", names)}"];
    }

    static string Meant(string word, IEnumerable<string> known) => NearestName.Of(word, known) is { } near ? $"; did you mean {near}?" : "";

    // The parser takes an option that it does not know for an argument where one may stand.
    static IEnumerable<string> UnknownOptions(ParseResult parse) =>
        from token in parse.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
        where token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal)
        select token.Value;

    internal static int Explain(Exception exception, TextWriter error, CancellationToken cancellation)
    {
        if (exception is AggregateException { InnerExceptions.Count: 1 } wrapped)
            exception = wrapped.InnerExceptions[0];

        var (text, code) = exception switch
        {
            InputException => (exception.Message, BadInput),
            OperationCanceledException when cancellation.IsCancellationRequested => ("interrupted", Interrupted),
            TypeInitializationException { InnerException: { } inner } => ($"error: {inner.Message}", Failed),
            _ => ($"error: {exception.Message}", Failed),
        };

        error.WriteLine(text);
        if (code == Failed)
            error.WriteLine(Trace ? exception.ToString() : TraceHint);
        return code;
    }

    static bool Trace => Environment.GetEnvironmentVariable("PRETRAIN_TRACE") is "1" or "true";
}
