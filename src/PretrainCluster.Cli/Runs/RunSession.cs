using PretrainCluster.Hosting.Hosts;

namespace PretrainCluster.Cli.Runs;

/// <summary>A plan from wherever its run stands to the report.</summary>
static class RunSession
{
    /// <returns>the exit code</returns>
    public static int Execute(Plan plan, IReadOnlyList<PlanExtension> extensions, string runs, TextWriter output, TimeProvider clock, CancellationToken cancellation)
    {
        string report;
        RunFolder folder;
        using (var view = RunViews.Open(output, clock))
        using (var host = LocalHost.Open(plan, runs, WorkerCommand.Program, view, clock, extensions))
        using (Interruption.AtOnce(host.KillWorkers))
        {
            folder = host.Folder;
            try
            {
                if (host.Train(cancellation).Status == RunStatus.Finished)
                    host.Evaluate(cancellation);
            }
            finally
            {
                report = RunReport.Write(folder, host.Dataset, clock.GetUtcNow());
            }
        }
        output.WriteLine();
        EvaluationTable.Write(folder.ReadEvaluations(), output);
        output.WriteLine($"report: {report}");
        if (folder.ReadInfo() is { Status: RunStatus.Cancelled } cancelled)
        {
            output.WriteLine($"cancelled after step {cancelled.Step} of {cancelled.Steps}: {cancelled.Reason}; the same command goes on from there");
            return Entry.Interrupted;
        }
        return Entry.Done;
    }
}
