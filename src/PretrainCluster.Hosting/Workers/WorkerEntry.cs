using System.Net;
using PretrainCluster.Learning;
using PretrainCluster.Training.Certificates;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Faults;
using PretrainCluster.Training.Gang;

namespace PretrainCluster.Hosting.Workers;

/// <summary>A worker process from its first line to its last: link, dataset, a part in the run.</summary>
public static class WorkerEntry
{
    /// <summary>What a last checkpoint may take beyond the absence after which a worker ends by itself.</summary>
    static readonly TimeSpan s_lastSnapshot = TimeSpan.FromMinutes(5);

    static readonly TimeSpan s_watch = TimeSpan.FromSeconds(1);
    static readonly TimeSpan s_lastWord = TimeSpan.FromSeconds(2);

    /// <returns>the process's exit code: 0 where the worker did its part, or was told to end</returns>
    public static int Run(WorkerArguments arguments, TimeProvider clock)
    {
        var yaml = PlanText.Read(arguments.Plan, Extensions.Load(Methods.BuiltIn, arguments.Extensions));
        var plan = yaml with { Workers = yaml.Workers with { Device = arguments.Device } };
        var greeting = new Greeting(
            MessageKinds.Protocol, LinkRole.Worker, "", arguments.Worker, plan.Name, arguments.Slot,
            Environment.ProcessId);
        using var link = new ControlLink(new AgentAddress(arguments.Link, arguments.TokenFile), greeting, clock);
        FaultPoint.Arm(arguments.Worker, Environment.GetEnvironmentVariable(FaultPoint.Variable), Environment.GetEnvironmentVariable(FaultPoint.FolderVariable));
        link.Start();
        EndWithoutAgent(link, plan.Recovery);
        try
        {
            return Train(arguments, plan, link) is WorkerOutcome.Finished or WorkerOutcome.Stopped ? 0 : 1;
        }
        catch (Exception failure)
        {
            var outcome = failure is InputException ? WorkerOutcome.Refused : WorkerOutcome.Failed;
            link.Send(new WorkerEnded(arguments.Worker, 0, outcome, -1, failure.Message, null));
            link.Drain(s_lastWord);
            throw;
        }
    }

    static WorkerOutcome Train(WorkerArguments arguments, Plan plan, ControlLink link)
    {
        using var dataset = SkeletonDataset.Open(plan.Data.Dataset);
        using var certificate = arguments.Certificate is { } file ? ClusterCertificate.Read(file) : null;
        using var listener = new ExchangeListener(
            new ExchangeListenerOptions
            {
                Address = IPAddress.Parse(arguments.Address),
                Certificate = certificate,
                Refused = Console.Error.WriteLine
            });
        var checkpoints = new RunCheckpoints(plan, new RunFolder(arguments.Folder), dataset);
        using var member = new GangMember(plan, arguments.Worker, dataset, checkpoints, listener, link, Lanes.OfWorker(plan));
        return member.Run();
    }

    /// <summary>The training ends by itself when the agent stays away; should it hang, this process ends all the same, and leaves no orphan.</summary>
    static void EndWithoutAgent(ControlLink link, RecoveryPlan recovery)
    {
        var limit = TimeSpan.FromSeconds(recovery.CoordinatorAbsence) + s_lastSnapshot;
        new Thread(() =>
        {
            while (link.AbsentFor < limit)
                Thread.Sleep(s_watch);
            Environment.Exit(1);
        })
        { IsBackground = true, Name = "agent watch" }.Start();
    }
}
