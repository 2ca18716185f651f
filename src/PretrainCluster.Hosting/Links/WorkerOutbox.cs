namespace PretrainCluster.Hosting.Links;

/// <summary>
/// What a worker has said and its agent has not yet taken. Adding never blocks: of heartbeats only the newest waits, and where the agent stays
/// away, steps for the record give way before anything that decides.
/// </summary>
sealed class WorkerOutbox
{
    const int Room = 4096;

    /// <summary>
    /// A host that is killed loses what it had received and not yet recorded; a cluster's coordinator, what was said until another one took its place. So much
    /// of the record is said again, in messages of so many steps: minutes of a fast run, in less than a megabyte.
    /// </summary>
    const int RememberedSteps = 8192, StepsAtOnce = 256;

    readonly LinkedList<WorkerMessage> _waiting = [];
    readonly Queue<StepsApplied> _sentSteps = new();
    readonly Lock _gate = new();
    readonly SemaphoreSlim _added = new(0);
    LinkedListNode<WorkerMessage>? _heartbeat;
    WorkerMessage? _sentState;
    CheckpointWritten? _sentCheckpoint;
    int _inFlight, _remembered;

    /// <summary>Messages that no agent has taken yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count + _inFlight;
        }
    }

    public void Add(WorkerMessage message)
    {
        lock (_gate)
        {
            if (message is Heartbeat && _heartbeat is { } older)
                _waiting.Remove(older);
            else if (_waiting.Count >= Room)
                MakeRoom();
            var node = _waiting.AddLast(message);
            if (message is Heartbeat)
                _heartbeat = node;
        }
        _added.Release();
    }

    /// <summary>
    /// What a new agent must hear before everything that waits: the announcement, then what the one before may have taken to its grave.
    /// </summary>
    public void Announce(IReadOnlyList<WorkerMessage> announcement)
    {
        lock (_gate)
        {
            var again = announcement.Concat(Remembered());
            if (_sentCheckpoint is not null)
                again = again.Append(_sentCheckpoint);
            if (_sentState is not null)
                again = again.Append(_sentState);
            foreach (var message in again.Reverse())
                _waiting.AddFirst(message);
            _sentSteps.Clear();
            _remembered = 0;
        }
        _added.Release();
    }

    /// <summary>Takes the first message out; null where none waits. <see cref="Sent"/> or <see cref="PutBack"/> follows.</summary>
    public WorkerMessage? Take()
    {
        lock (_gate)
        {
            if (_waiting.First is not { } first)
                return null;
            _waiting.RemoveFirst();
            if (first == _heartbeat)
                _heartbeat = null;
            _inFlight = 1;
            return first.Value;
        }
    }

    public void WaitForMore(TimeSpan atMost) => _added.Wait(atMost);

    /// <summary>Puts back what could not be sent.</summary>
    public void PutBack(WorkerMessage message)
    {
        lock (_gate)
        {
            _inFlight = 0;
            // A newer heartbeat follows; a stale one would only stand in its way.
            if (message is not Heartbeat)
                _waiting.AddFirst(message);
        }
        _added.Release();
    }

    public void Sent(WorkerMessage message)
    {
        lock (_gate)
        {
            _inFlight = 0;
            switch (message)
            {
                case StepsApplied steps:
                    _sentSteps.Enqueue(steps);
                    for (_remembered += steps.Steps.Count; _remembered > RememberedSteps; _remembered -= _sentSteps.Dequeue().Steps.Count)
                    {
                    }
                    break;
                case CheckpointWritten checkpoint:
                    _sentCheckpoint = checkpoint;
                    break;
                case GenerationFormed or ExchangeBroken or AtBoundary or WorkerEnded:
                    _sentState = message;
                    break;
            }
        }
    }

    IEnumerable<WorkerMessage> Remembered() =>
        from said in _sentSteps
        group said by said.Generation into together
        from steps in together.SelectMany(said => said.Steps).Chunk(StepsAtOnce)
        select together.First() with { Steps = steps };

    void MakeRoom()
    {
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (node.Value is StepsApplied or WorkerNote)
            {
                _waiting.Remove(node);
                return;
            }
        }
    }
}
