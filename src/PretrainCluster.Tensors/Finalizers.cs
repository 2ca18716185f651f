using System.Runtime.CompilerServices;

namespace PretrainCluster.Tensors;

/// <summary>
/// Keeps finalizers waiting while tensors are computed with. TorchSharp makes a Scalar of every number that an operator takes, one inside x + y too, frees it in
/// its finalizer, and lets it be collected while libtorch still reads it (dotnet/TorchSharp, pull requests 1434 and 1496): once in a million calls or so, on a
/// busy machine, libtorch then finds something else in its place. Tensors are safe: their dispose scope holds on to them.
/// </summary>
public static class Finalizers
{
    static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(20);
    static readonly Lock s_gate = new();
    static Door? s_door;
    static int s_holders;

    // The runtime waits for its finalizer thread when it ends.
    static Finalizers() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Volatile.Read(ref s_door)?.Open.Set();

    /// <summary>No finalizer runs in this process until the result is disposed, and all others that are out at the time. Nobody may wait for finalizers meanwhile.</summary>
    public static IDisposable Hold()
    {
        lock (s_gate)
        {
            if (s_holders++ == 0)
                s_door = Close();
        }
        return new Held();
    }

    static Door Close()
    {
        var door = new Door();
        do
        {
            Abandon(door);
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        }
        while (!door.Reached.Wait(s_patience));
        return door;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Abandon(Door door) => _ = new Visitor(door);

    sealed class Held : IDisposable
    {
        int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
                return;
            lock (s_gate)
            {
                if (--s_holders == 0)
                    s_door!.Open.Set();
            }
        }
    }

    sealed class Door
    {
        public ManualResetEventSlim Reached { get; } = new();
        public ManualResetEventSlim Open { get; } = new();
    }

    /// <summary>Once collected, it stands in the way of all other finalizers, which one thread runs one after another.</summary>
    sealed class Visitor(Door door)
    {
        ~Visitor()
        {
            door.Reached.Set();
            door.Open.Wait();
        }
    }
}
