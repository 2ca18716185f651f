using PretrainCluster.Cli.Tests.Reports;
using PretrainCluster.Cli.Views;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Cli.Tests.Views;

public class PlainViewTests
{
    [Fact]
    public void Step_WithinTheInterval_IsNotPrinted()
    {
        var clock = new ManualTime();
        var lines = Show(clock, view =>
        {
            foreach (var metrics in SampleRun.Metrics(100))
            {
                view.Step(metrics, SampleRun.Info);
                clock.Advance(TimeSpan.FromSeconds(1));
            }
        });

        Assert.Equal(10, lines.Length);
        Assert.Contains("step 1 of 840", lines[0]);
        Assert.Contains("step 11 of 840", lines[1]);
    }

    [Fact]
    public void Step_Last_IsAlwaysPrinted()
    {
        var lines = Show(new ManualTime(), view =>
        {
            foreach (var metrics in SampleRun.Metrics())
                view.Step(metrics, SampleRun.Info);
        });

        Assert.Equal(2, lines.Length);
        Assert.Contains("epoch 60.00 of 60, step 840 of 840", lines[1]);
    }

    [Fact]
    public void Step_OfARunWithStages_SaysTheStageAndItsEpochs()
    {
        var lines = Show(new ManualTime(), view =>
        {
            foreach (var metrics in SampleRun.StagedMetrics())
                view.Step(metrics, SampleRun.Staged);
        });

        Assert.StartsWith("  stage 1 of 2, masked, epoch 0.07 of 40, step 1 of 840: loss", lines[0]);
        Assert.StartsWith("  stage 2 of 2, tuning, epoch 60.00 of 20, step 840 of 840: loss", lines[1]);
    }

    [Fact]
    public void Event_Any_IsPrintedAtOnce()
    {
        var lines = Show(new ManualTime(), view => view.Event(new RunEvent(SampleRun.Started, 420, RunEventKind.Interrupted, "Ctrl-C")));
        Assert.EndsWith("step 420  interrupted: Ctrl-C", Assert.Single(lines));
    }

    [Fact]
    public void Evaluated_Result_IsPrintedWithItsHeadline()
    {
        var lines = Show(new ManualTime(), view => view.Evaluated(SampleRun.Evaluations().First()));
        Assert.Equal("  linear v1, random weights: accuracy 52.9 ± 1.7 %", Assert.Single(lines));
    }

    static string[] Show(TimeProvider time, Action<PlainView> run)
    {
        var output = new StringWriter();
        using (var view = new PlainView(output, time, TimeSpan.FromSeconds(10)))
            run(view);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    sealed class ManualTime : TimeProvider
    {
        long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => ticks;

        public void Advance(TimeSpan by) => ticks += by.Ticks;
    }
}
