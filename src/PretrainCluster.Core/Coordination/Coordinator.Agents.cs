namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    void OnAgent(string node, AgentMessage message)
    {
        switch (message)
        {
            case NodeAnnounced announced:
                OnAnnounced(node, announced);
                break;
            case WorkerExited exited:
                OnExited(node, exited);
                break;
            case EvaluationEnded ended:
                OnEvaluationEnded(node, ended);
                break;
        }
    }

    void OnAnnounced(string name, NodeAnnounced announced)
    {
        if (announced.Protocol != Protocol)
        {
            _commands.Add(new Record("", RecordKind.Node, $"node {name} speaks version {announced.Protocol} of the protocol, this coordinator version {Protocol}: install the same version on both", 0));
            return;
        }
        if (!_nodes.TryGetValue(name, out var node))
            _nodes.Add(name, node = new(name, _nodes.Count));
        node.Reachable = true;
        Offer(node, announced.Slots);

        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var running in announced.Workers)
        {
            if (listed.Add(running.Worker))
                OnRunning(node, running);
        }
        foreach (var running in announced.Evaluations ?? [])
            listed.Add(running.Evaluation);
        var affected = new List<Run>();
        foreach (var slot in node.Slots.Values)
        {
            if (slot.Worker is { } worker && !listed.Contains(worker.Name) && worker.State != WorkerState.Starting)
                Forget(worker, "its process is gone", affected);
            if (slot.Stray is { } stray && !listed.Contains(stray))
                FreeStray(stray);
            if (slot.Worker is { Leaving: null, State: not WorkerState.Ending } retired && !slot.Offered)
            {
                retired.Leaving = $"node {name} no longer offers slot {slot.Name}";
                affected.Add(retired.Run);
            }
        }
        ReconcileEvaluations(node, announced.Evaluations ?? []);
        foreach (var slot in node.Slots.Values)
            Refresh(slot);
        foreach (var run in affected)
            Settle(run);
    }

    void Offer(Node node, IReadOnlyList<DeviceSlot> slots)
    {
        foreach (var slot in node.Slots.Values)
            slot.Offered = false;
        foreach (var offered in slots)
        {
            if (!node.Slots.TryGetValue(offered.Slot, out var slot))
                node.Slots.Add(offered.Slot, slot = new(node, node.Slots.Count, offered.Slot, offered.Device));
            slot.Offered = true;
            if (offered.Fingerprint.Length > 0)
                slot.Fingerprint = offered.Fingerprint;
        }
    }

    void OnRunning(Node node, RunningWorker running)
    {
        if (_workers.TryGetValue(running.Worker, out var worker))
        {
            if (worker.Slot.Node != node)
                Tell(node, new KillWorker(running.Worker, "another worker has its name"));
            else if (worker.Fenced)
                Tell(node, new KillWorker(running.Worker, "it was excluded"));
            else if (running.Ready is { } ready)
                OnReady(worker, ready);
            return;
        }
        node.Slots.TryGetValue(running.Slot, out var slot);
        if (slot is { Worker: null, Evaluation: null, Stray: null } && _runs.TryGetValue(running.Run, out var run) && run.End is null && !run.Removed.Contains(running.Worker))
        {
            Adopt(run, slot, running);
            return;
        }
        if (slot is { Worker: null, Evaluation: null } && (slot.Stray is null || slot.Stray == running.Worker))
        {
            slot.Stray = running.Worker;
            _strays[running.Worker] = slot;
        }
        Tell(node, new KillWorker(running.Worker, "it belongs to no run that is under way"));
    }

    void OnExited(string node, WorkerExited exited)
    {
        if (_workers.TryGetValue(exited.Worker, out var worker) && worker.Slot.Node.Name == node)
        {
            var affected = new List<Run>(1);
            Forget(worker, exited.Reason.Length > 0 ? exited.Reason : $"its process ended with code {exited.ExitCode}", affected);
            Refresh(worker.Slot);
            foreach (var run in affected)
                Settle(run);
        }
        else if (_strays.TryGetValue(exited.Worker, out var slot) && slot.Node.Name == node)
        {
            FreeStray(exited.Worker);
            Refresh(slot);
        }
    }

    void OnNodeLost(string name, string reason)
    {
        if (!_nodes.TryGetValue(name, out var node) || !node.Reachable)
            return;
        node.Reachable = false;
        var affected = new List<Run>();
        foreach (var slot in node.Slots.Values)
        {
            if (slot.Worker is { } worker)
                Forget(worker, $"node {name} is lost: {reason}", affected);
            if (slot.Stray is { } stray)
                FreeStray(stray);
            if (slot.Evaluation is { } evaluation)
                Requeue(evaluation);
            Refresh(slot);
        }
        foreach (var run in affected)
            Settle(run);
    }

    // Its process is gone, or out of reach.
    void Forget(Worker worker, string reason, List<Run> affected)
    {
        Drop(worker, reason, failed: true, kill: false);
        _workers.Remove(worker.Name);
        worker.Run.Workers.Remove(worker);
        worker.Due = -1;
        if (worker.Slot.Worker == worker)
            worker.Slot.Worker = null;
        if (!affected.Contains(worker.Run))
            affected.Add(worker.Run);
    }

    void FreeStray(string name)
    {
        if (_strays.Remove(name, out var slot))
            slot.Stray = null;
    }

    void Refresh(Slot slot)
    {
        ClassOf(slot.Device).Place(slot);
        _placementDue = true;
    }

    DeviceClass ClassOf(string device)
    {
        var name = DeviceClass.NameOf(device);
        if (!_classes.TryGetValue(name, out var found))
            _classes.Add(name, found = new());
        return found;
    }
}
