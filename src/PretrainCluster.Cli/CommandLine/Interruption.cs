using System.Runtime.InteropServices;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>Turns the first SIGINT or SIGTERM into a cancelled token, so that a run can write its checkpoint; a second one ends the process.</summary>
public sealed class Interruption : IDisposable
{
    /// <summary>What the first signal is answered by.</summary>
    internal const string Answer = "stopping; once more ends at once";

    static event Action? Ending;

    readonly CancellationTokenSource source = new();
    readonly PosixSignalRegistration[] registrations;
    readonly TextWriter error;

    public Interruption(TextWriter error)
    {
        this.error = error;
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    public CancellationToken Token => source.Token;

    /// <summary>Something to be done when the process ends at once, until the result is disposed.</summary>
    public static IDisposable AtOnce(Action action)
    {
        Ending += action;
        return new Removal(action);
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    void Handle(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
        {
            Ending?.Invoke();
            return;
        }

        context.Cancel = true;
        error.WriteLine();
        error.WriteLine(Answer);
        source.Cancel();
    }

    sealed class Removal(Action action) : IDisposable
    {
        public void Dispose() => Ending -= action;
    }
}
