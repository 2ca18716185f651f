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
