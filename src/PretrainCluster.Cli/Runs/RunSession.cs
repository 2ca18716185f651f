using PretrainCluster.Cli.Reports;
using PretrainCluster.Cli.Views;
using PretrainCluster.Core.Plans;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Runs;

/// <summary>A plan from wherever its run stands to the report.</summary>
static class RunSession
{
    public static RunFolder Execute(Plan plan, string runs, TextWriter output, TimeProvider clock, CancellationToken cancellation)
    {
        string report;
        RunFolder folder;
        using (var view = RunViews.Open(output, clock))
        using (var run = PretrainingRun.Open(plan, runs, view, clock))
        {
            folder = run.Folder;
            try
            {
                run.Train(cancellation);
                run.Evaluate(cancellation);
            }
            finally
            {
                report = RunReport.Write(folder, run.Dataset.Description, clock.GetUtcNow());
            }
        }
        output.WriteLine();
        EvaluationTable.Write(folder.ReadEvaluations(), output);
        output.WriteLine($"report: {report}");
        return folder;
    }
}
