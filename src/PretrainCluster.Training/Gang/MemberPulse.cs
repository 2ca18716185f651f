using System.Buffers.Binary;
using System.Diagnostics;

namespace PretrainCluster.Training.Gang;

/// <summary>
/// A worker's signs of life, from a thread that training cannot hold up, and its eye on the link: without a coordinator for longer than the plan
/// allows, it orders the end.
/// </summary>
sealed class MemberPulse : IDisposable
{
    readonly string _worker;
    readonly RecoveryPlan _plan;
    readonly IControlLink _link;
    readonly MemberOrders _orders;
    readonly Thread _thread;
    readonly ManualResetEventSlim _stop = new(false);
    readonly Lock _lock = new();
    WorkerPhase _phase;
    long _since = Stopwatch.GetTimestamp(), _generation, _step = -1;
    int _clips;

    public MemberPulse(string worker, RecoveryPlan plan, IControlLink link, MemberOrders orders)
    {
        (_worker, _plan, _link, _orders) = (worker, plan, link, orders);
        _thread = new Thread(Beat) { IsBackground = true, Name = "pulse", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
    }

    public StepTimes Times { get; } = new();

    /// <summary>The training thread's word on itself, and that of its lanes in a forward phase.</summary>
    public void Enter(WorkerPhase phase)
    {
        lock (_lock)
            (_phase, _since) = (phase, Stopwatch.GetTimestamp());
    }

    /// <param name="clips">of this worker's own share of a step</param>
    public void Stand(long generation, long step, int clips)
    {
        lock (_lock)
            (_generation, _step, _clips) = (generation, step, clips);
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    void Beat()
    {
        while (!_stop.Wait(TimeSpan.FromSeconds(_plan.Heartbeat)))
        {
            if (_link.AbsentFor > TimeSpan.FromSeconds(_plan.CoordinatorAbsence))
                _orders.End(new EndWorker(_worker, Snapshot: true, $"no coordinator for {_plan.CoordinatorAbsence:0.#} s"));
            _link.Send(Heartbeat());
        }
    }

    Heartbeat Heartbeat()
    {
        var (p50, p95, compute) = Times.Quantiles();
        lock (_lock)
            return new Heartbeat(_worker, _generation, _step, _phase, Stopwatch.GetElapsedTime(_since).TotalSeconds, p50, p95, compute, p50 > 0 ? _clips / p50 : 0, Environment.WorkingSet);
    }
}

/// <summary>What members tell each other before they train: how far they are, and what they are at.</summary>
/// <param name="Step">steps applied; -1 where there is no state</param>
/// <param name="Stage">whose state it is, from 0; right after a stage's last step it may be that stage's or the next one's</param>
/// <param name="Seconds">of training until there</param>
/// <param name="Plan">digest, hexadecimal</param>
/// <param name="Dataset">digest, hexadecimal</param>
sealed record Standing(long Step, int Stage, double Seconds, string Plan, string Dataset)
{
    const int Digest = 32;

    public const int Length = 20 + 2 * Digest;

    public byte[] ToBytes()
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Step);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(8), Seconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Stage);
        Convert.FromHexString(Plan).CopyTo(bytes, 20);
        Convert.FromHexString(Dataset).CopyTo(bytes, 20 + Digest);
        return bytes;
    }

    public static Standing Read(byte[] bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16)),
        BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(8)),
        Convert.ToHexStringLower(bytes.AsSpan(20, Digest)),
        Convert.ToHexStringLower(bytes.AsSpan(20 + Digest, Digest)));
}
