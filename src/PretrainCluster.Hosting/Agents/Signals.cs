using System.Runtime.InteropServices;

namespace PretrainCluster.Hosting.Agents;

/// <summary>Signals to processes by their id.</summary>
public static partial class Signals
{
    const int KillNumber = 9;

    /// <summary>SIGKILL; a process that is gone already is no error.</summary>
    public static void Kill(int process) => Send(process, KillNumber);

    public static void Send(int process, int signal) => _ = SendSignal(process, signal);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
