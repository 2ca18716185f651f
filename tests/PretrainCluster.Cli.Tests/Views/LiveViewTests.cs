using System.Text.RegularExpressions;
using PretrainCluster.Cli.Tests.Reports;
using PretrainCluster.Cli.Views;
using PretrainCluster.Training.Runs;
using Spectre.Console;

namespace PretrainCluster.Cli.Tests.Views;

public partial class LiveViewTests
{
    [Fact]
    public void Dispose_AfterARun_HasShownStepsEventsAndResults()
    {
        var output = new StringWriter();
        using (var view = new LiveView(Terminal(output, 80), TimeProvider.System))
        {
            view.Stage("pretraining", SampleRun.Info);
            foreach (var metrics in SampleRun.Metrics())
                view.Step(metrics, SampleRun.Info);
            view.Status(WorkerTableTests.Status);
            view.Event(new RunEvent(SampleRun.Started, 420, RunEventKind.Checkpoint, "manifest [4b1d]"));
            foreach (var result in SampleRun.Evaluations())
                view.Evaluated(result);
        }

        var text = Controls().Replace(output.ToString(), "");
        Assert.Contains("pretraining", text);
        Assert.Contains("100.0 %", text);
        Assert.Contains("w1-1", text);
        Assert.Contains("stalled", text);
        Assert.Contains("checkpoint: manifest [4b1d]", text);
        Assert.Contains("linear v1, pretrained: accuracy 67.3 ± 1.7 %", text);
    }

    [Fact]
    public void Step_WhileTheFirstPictureIsMade_DisturbsNoDrawing()
    {
        var metrics = SampleRun.Metrics(300).ToArray();
        for (var i = 0; i < 20; i++)
        {
            var output = new StringWriter();
            using var view = new LiveView(Terminal(output, 80), TimeProvider.System);
            view.Stage("pretraining", SampleRun.Info);
            for (var step = 0; step < 1_000_000 && output.GetStringBuilder().Length == 0; step++)
                view.Step(metrics[step % metrics.Length], SampleRun.Info);
        }
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(200)]
    public void Step_TerminalOfAnyWidth_LeavesNoLineTooLong(int width)
    {
        var output = new StringWriter();
        using (var view = new LiveView(Terminal(output, width), TimeProvider.System))
            foreach (var metrics in SampleRun.Metrics(50))
                view.Step(metrics, SampleRun.Info);

        Assert.All(Controls().Replace(output.ToString(), "").Split('\r', '\n'), line => Assert.InRange(line.Length, 0, width));
    }

    static IAnsiConsole Terminal(StringWriter output, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        // Both of the terminal that is played here, whatever the tests run in.
        (console.Profile.Width, console.Profile.Height) = (width, 50);
        return console;
    }

    [GeneratedRegex("\u001b\\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Controls();
}
