namespace PretrainCluster.Training.Gang;

/// <summary>
/// The newest steps, as every member remembers them. Rank 0 reports them; who is rank 0 next says again what the last one may have taken with it,
/// and the record keeps each step once.
/// </summary>
sealed class StepLog
{
    const int Remembered = 1024, Reported = 64;

    readonly Queue<AppliedStep> _steps = new();
    int _unsent;

    public void Add(AppliedStep step)
    {
        _steps.Enqueue(step);
        _unsent++;
        if (_steps.Count > Remembered)
            _steps.Dequeue();
    }

    /// <summary>Everything remembered, oldest first.</summary>
    public IReadOnlyList<AppliedStep> Recent => [.. _steps];

    /// <summary>Remembers what a checkpoint remembered, in place of what was here.</summary>
    public void Restore(IReadOnlyList<AppliedStep> recent)
    {
        _steps.Clear();
        foreach (var step in recent.TakeLast(Remembered))
            _steps.Enqueue(step);
        _unsent = _steps.Count;
    }

    /// <summary>From here on everything that is remembered counts as not yet sent.</summary>
    public void SayAgain() => _unsent = _steps.Count;

    /// <summary>What was not sent yet, in messages of a bounded size.</summary>
    public IEnumerable<IReadOnlyList<AppliedStep>> TakeUnsent()
    {
        var unsent = _steps.Skip(_steps.Count - Math.Min(_unsent, _steps.Count)).ToArray();
        _unsent = 0;
        return unsent.Chunk(Reported);
    }
}
