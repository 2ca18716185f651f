using System.Runtime.InteropServices;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>Turns the first SIGINT or SIGTERM into a cancelled token, so that a run can write its checkpoint; a second one ends the process.</summary>
public sealed class Interruption : IDisposable
{
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

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
        source.Dispose();
    }

    void Handle(PosixSignalContext context)
    {
        if (source.IsCancellationRequested)
            return;

        context.Cancel = true;
        error.WriteLine();
        error.WriteLine("stopping; once more ends at once");
        source.Cancel();
    }
}
