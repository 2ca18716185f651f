using System.CommandLine.Invocation;

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
        var parse = root.Parse(arguments.Count == 0 ? ["--help"] : arguments);
        if (parse.Action is null or ParseErrorAction)
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
        if (parse.CommandResult.Command.Subcommands.Count > 0 && parse.CommandResult.Tokens.Count == 0 && parse.UnmatchedTokens.Count == 0)
            error.WriteLine($"{line}: a command is missing; one of {string.Join(", ", parse.CommandResult.Command.Subcommands.Select(c => c.Name))}");
        else
            foreach (var reason in parse.Errors)
                error.WriteLine($"{line}: {reason.Message}");

        error.WriteLine($"`{line} --help` shows what it takes.");
        return BadInput;
    }

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
