using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Coordination.State;
using PretrainCluster.Core.Plans;

namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    void OnUser(string request, UserRequest message)
    {
        UserReply reply;
        try
        {
            reply = message switch
            {
                SubmitRun submit => Submit(submit),
                ScaleRun scale => Scale(Find(scale.Run), scale.Workers),
                PauseRun pause => Pause(Find(pause.Run)),
                ResumeRun resume => Resume(Find(resume.Run)),
                CancelRun cancel => Cancel(Find(cancel.Run), cancel.Reason),
                AskStatus ask => Status(ask.Run),
                _ => throw new InputException($"The coordinator does not know the request {message.GetType().Name}."),
            };
        }
        catch (InputException unusable)
        {
            reply = new Refused(unusable.Message);
        }
        _commands.Add(new Reply(request, reply));
    }

    Run Find(string name) => _runs.TryGetValue(name, out var run) ? run : throw new InputException($"There is no run {name}.");

    Run FindUnderWay(Run run) => run.End is null ? run : throw new InputException($"Run {run.Name} has ended: {run.Reason}.");

    UserReply Submit(SubmitRun submit)
    {
        if (submit.Run.Length is 0 or > 128)
            throw new InputException("A run has a name of 1 to 128 characters.");
        var plan = _options.ReadPlan(submit.Plan);
        if (_runs.TryGetValue(submit.Run, out var run))
        {
            if (run.End is null)
                return new Accepted($"run {run.Name} is under way: {StateOf(run)}");
            if (run.End == RunEnd.Finished)
                return new Accepted($"run {run.Name} has finished");
            if (plan.Digest() != _options.ReadPlan(run.PlanText).Digest())
                throw new InputException($"Run {run.Name} was begun with a plan that computes something else: give this one another name.");
        }
        var entry = new RunSubmitted(NextNumber, _at, submit.Run, submit.Plan, submit.Priority);
        Write(entry);
        run = Apply(entry);
        Prepare(run);
        run.Reason = "in the queue";
        Note(run, RecordKind.Submitted, $"in the queue with priority {run.Priority}: {run.Limits.Min} to {run.Target} workers on {run.Limits.Device}");
        Settle(run);
        return new Accepted($"run {run.Name} is in the queue");
    }

    UserReply Scale(Run run, int workers)
    {
        FindUnderWay(run);
        var most = run.Plan!.MostWorkers();
        if (workers < run.Limits.Min || workers > most)
            throw new InputException($"Run {run.Name} takes {run.Limits.Min} to {most} workers (workers.min, workers.max, micro-batches), not {workers}.");
        if (workers == run.Target)
            return new Accepted($"run {run.Name} aims at {workers} workers already");
        Write(new TargetScaled(NextNumber, _at, run.Name, workers));
        run.Target = workers;
        Note(run, RecordKind.Scaled, $"aims at {workers} workers");
        Settle(run);
        return new Accepted($"run {run.Name} aims at {workers} workers");
    }

    UserReply Pause(Run run)
    {
        FindUnderWay(run);
        if (run.Finishing || run.CancelReason is not null)
            throw new InputException($"Run {run.Name} is ending.");
        if (run.Paused)
            return new Accepted($"run {run.Name} is {(run.Workers.Count > 0 ? "being paused" : "paused")} already");
        Write(new RunPaused(NextNumber, _at, run.Name));
        run.Paused = true;
        Note(run, RecordKind.Paused, "pauses at the next boundary");
        Settle(run);
        return new Accepted($"run {run.Name} pauses at the next boundary");
    }

    UserReply Resume(Run run)
    {
        FindUnderWay(run);
        if (!run.Paused)
            return new Accepted($"run {run.Name} is not paused");
        Write(new RunResumed(NextNumber, _at, run.Name));
        Unpause(run);
        Note(run, RecordKind.Resumed, "in the queue again");
        Settle(run);
        return new Accepted($"run {run.Name} is in the queue");
    }

    static void Unpause(Run run)
    {
        run.Paused = false;
        run.Reason = "in the queue";
    }

    UserReply Cancel(Run run, string reason)
    {
        FindUnderWay(run);
        if (run.Finishing)
            throw new InputException($"Run {run.Name} is ending: its last step is applied.");
        if (run.CancelReason is not null)
            return new Accepted($"run {run.Name} is being cancelled already");
        run.CancelReason = reason.Length > 0 ? reason : "cancelled";
        Write(new CancelRequested(NextNumber, _at, run.Name, run.CancelReason));
        Note(run, RecordKind.Stopping, $"ends at the next boundary: {run.CancelReason}");
        Settle(run);
        return new Accepted(run.End is null ? $"run {run.Name} ends at the next boundary" : $"run {run.Name} is cancelled");
    }
}
