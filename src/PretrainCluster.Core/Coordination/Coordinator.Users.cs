using PretrainCluster.Core.Plans;

namespace PretrainCluster.Core.Coordination;

public sealed partial class Coordinator
{
    void OnUser(string request, UserRequest message, User user)
    {
        UserReply reply;
        try
        {
            user.DemandRightTo(message);
            reply = message switch
            {
                SubmitRun submit => Submit(submit, user),
                ScaleRun scale => Scale(FindFor(user, scale.Run), scale.Workers, user),
                PauseRun pause => Pause(FindFor(user, pause.Run), user),
                ResumeRun resume => Resume(FindFor(user, resume.Run), user),
                CancelRun cancel => Cancel(FindFor(user, cancel.Run), cancel.Reason, user),
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

    Run FindFor(User user, string name)
    {
        var run = Find(name);
        user.DemandRightOver(name, run.Owner);
        return run;
    }

    Run FindUnderWay(Run run) => run.End is null ? run : throw new InputException($"Run {run.Name} has ended: {run.Reason}.");

    UserReply Submit(SubmitRun submit, User user)
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
            user.DemandRightOver(run.Name, run.Owner);
            if (plan.Digest() != _options.ReadPlan(run.PlanText).Digest())
                throw new InputException($"Run {run.Name} was begun with a plan that computes something else: give this one another name.");
        }
        var entry = new RunSubmitted(NextNumber, _at, submit.Run, submit.Plan, submit.Priority, user.Name);
        Write(entry);
        run = Apply(entry);
        Prepare(run);
        run.Reason = "in the queue";
        Note(run, RecordKind.Submitted,
            $"in the queue with priority {run.Priority}: {run.Limits.Min} to {run.Target} workers on "
                + $"{run.Limits.Device}", user.Name);
        Settle(run);
        return new Accepted($"run {run.Name} is in the queue");
    }

    UserReply Scale(Run run, int workers, User user)
    {
        FindUnderWay(run);
        var most = run.Plan!.MostWorkers();
        if (workers < run.Limits.Min || workers > most)
            throw new InputException($"Run {run.Name} takes {run.Limits.Min} to {most} workers (workers.min, workers.max, micro-batches), not {workers}.");
        if (workers == run.Target)
            return new Accepted($"run {run.Name} aims at {workers} workers already");
        Write(new TargetScaled(NextNumber, _at, run.Name, workers, user.Name));
        run.Target = workers;
        Note(run, RecordKind.Scaled, $"aims at {workers} workers", user.Name);
        Settle(run);
        return new Accepted($"run {run.Name} aims at {workers} workers");
    }

    UserReply Pause(Run run, User user)
    {
        FindUnderWay(run);
        if (run.Finishing || run.CancelReason is not null)
            throw new InputException($"Run {run.Name} is ending.");
        if (run.Paused)
            return new Accepted($"run {run.Name} is {(run.Workers.Count > 0 ? "being paused" : "paused")} already");
        Write(new RunPaused(NextNumber, _at, run.Name, user.Name));
        run.Paused = true;
        Note(run, RecordKind.Paused, "pauses at the next boundary", user.Name);
        Settle(run);
        return new Accepted($"run {run.Name} pauses at the next boundary");
    }

    UserReply Resume(Run run, User user)
    {
        FindUnderWay(run);
        if (!run.Paused)
            return new Accepted($"run {run.Name} is not paused");
        Write(new RunResumed(NextNumber, _at, run.Name, user.Name));
        Unpause(run);
        Note(run, RecordKind.Resumed, "in the queue again", user.Name);
        Settle(run);
        return new Accepted($"run {run.Name} is in the queue");
    }

    static void Unpause(Run run)
    {
        run.Paused = false;
        run.Reason = "in the queue";
    }

    UserReply Cancel(Run run, string reason, User user)
    {
        FindUnderWay(run);
        if (run.Finishing)
            throw new InputException($"Run {run.Name} is ending: its last step is applied.");
        if (run.CancelReason is not null)
            return new Accepted($"run {run.Name} is being cancelled already");
        run.CancelReason = reason.Length > 0 ? reason : "cancelled";
        Write(new CancelRequested(NextNumber, _at, run.Name, run.CancelReason, user.Name));
        Note(run, RecordKind.Stopping, $"ends at the next boundary: {run.CancelReason}", user.Name);
        Settle(run);
        return new Accepted(run.End is null ? $"run {run.Name} ends at the next boundary" : $"run {run.Name} is cancelled");
    }
}
