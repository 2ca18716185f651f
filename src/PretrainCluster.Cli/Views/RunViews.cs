using Spectre.Console;

namespace PretrainCluster.Cli.Views;

/// <summary>Chooses how a run is shown.</summary>
public static class RunViews
{
    static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    /// <summary>The live view where <paramref name="output"/> is an interactive terminal, plain lines elsewhere.</summary>
    public static IRunView Open(TextWriter output, TimeProvider time)
    {
        var interactive = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };
        return interactive ? new LiveView(AnsiConsole.Console, time) : new PlainView(output, time, LineEvery);
    }
}
