using Spectre.Console;
using Spectre.Console.Rendering;

namespace PretrainCluster.Cli.Views;

/// <summary>
/// A run on a terminal: a few lines at the bottom that are redrawn, with events and results scrolling above them.
/// Calls only note what happened; a task of its own draws, so that training never waits for the terminal.
/// </summary>
public sealed class LiveView : IRunView
{
    static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(200);

    readonly Lock gate = new();
    readonly IAnsiConsole console;
    readonly TimeProvider time;
    readonly CancellationTokenSource closing = new();
    readonly Task drawing;
    readonly List<string> pending = [];
    readonly RunProgress progress = new();
    string stage = "starting";
    long stageBegan;
    bool stepping;
    RunInfo? run;
    RunStatusView? workers;
    MonitorMetrics? monitored;

    public LiveView(IAnsiConsole console, TimeProvider time)
    {
        this.console = console;
        this.time = time;
        stageBegan = time.GetTimestamp();
        drawing = Task.Run(Draw);
    }

    public void Stage(string name, RunInfo? run)
    {
        lock (gate)
        {
            (stage, stageBegan, stepping, this.run) = (name, time.GetTimestamp(), false, run);
        }
    }

    public void Step(StepMetrics metrics, RunInfo run)
    {
        lock (gate)
        {
            (this.run, stepping) = (run, true);
            progress.Add(metrics);
        }
    }

    public void Event(RunEvent runEvent)
    {
        lock (gate)
        {
            pending.Add($"[grey]{EventLine.Text(runEvent).EscapeMarkup()}[/]");
        }
    }

    public void Evaluated(EvaluationResult result)
    {
        lock (gate)
        {
            var color = EvaluationComparison.IsControl(result) ? "grey" : "green";
            pending.Add($"[{color}]{EvaluationTable.Headline(result).EscapeMarkup()}[/]");
        }
    }

    public void Monitored(MonitorMetrics metrics)
    {
        lock (gate)
        {
            monitored = metrics;
        }
    }

    public void Status(RunStatusView status)
    {
        lock (gate)
        {
            workers = status;
        }
    }

    public void Dispose()
    {
        closing.Cancel();
        drawing.GetAwaiter().GetResult();
        closing.Dispose();
    }

    Task Draw() =>
        console.Live(Now()).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(async context =>
        {
            // Lines can scroll above a picture only once there is one.
            context.Refresh();
            while (!closing.IsCancellationRequested)
            {
                Refresh(context);
                await Task.Delay(Frame, time, closing.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            Refresh(context);
        });

    void Refresh(LiveDisplayContext context)
    {
        string[] lines;
        IRenderable picture;
        lock (gate)
        {
            lines = [.. pending];
            pending.Clear();
            picture = Picture();
        }

        foreach (var line in lines)
            console.MarkupLine(line);
        context.UpdateTarget(picture);
    }

    IRenderable Now()
    {
        lock (gate)
            return Picture();
    }

    /// <summary>The lines of this moment, complete: whoever calls holds the gate.</summary>
    IRenderable Picture()
    {
        var elapsed = time.GetElapsedTime(stageBegan);
        var lines = new List<IRenderable> { new Markup($"[bold]{(run?.Name ?? "").EscapeMarkup()}[/]  {stage.EscapeMarkup()}  [grey]{Numbers.Duration(elapsed)}[/]") };
        if (run is not null && progress.Last is { } last)
            lines.AddRange(stepping ? Training(run, last) : [new Markup($"[grey]{Numbers.Count(last.Step)} steps, loss {Numbers.Short(progress.SmoothedLoss)}[/]")]);
        if (monitored is { } newest)
            lines.Add(new Markup($"[grey]{Numbers.Monitor(newest).EscapeMarkup()}[/]"));
        if (workers is { Workers.Count: > 0 } status)
            lines.AddRange(WorkerTable.Lines(status, console.Profile.Width).Select(line => new Markup($"[grey]{line.EscapeMarkup()}[/]")));
        return new Rows(lines);
    }

    IEnumerable<IRenderable> Training(RunInfo run, StepMetrics last)
    {
        var width = Math.Clamp(console.Profile.Width - 2, 20, 118);
        yield return new Markup(Bar(last.Step, run.Steps, width));
        yield return new Markup(
            $"{(StageText.Stage(run, last.Step) is { } stage ? stage.EscapeMarkup() + "   " : "")}epoch [bold]{Numbers.Fixed(last.Epoch, 2)}[/] of {run.StageOf(last.Step)?.Epochs ?? run.Epochs}   step [bold]{Numbers.Count(last.Step)}[/] of {Numbers.Count(run.Steps)}   " +
            $"{Numbers.Rate(last.ClipsPerSecond)} clips/s   {(progress.Left(run.Steps) is { } left ? Numbers.Duration(left) : "–")} left");

        var numbers = $"loss {Numbers.Short(progress.SmoothedLoss)}   learning rate {Numbers.Short(last.LearningRate)}   ";
        yield return new Markup(
            $"loss [bold]{Numbers.Short(progress.SmoothedLoss)}[/]   learning rate {Numbers.Short(last.LearningRate)}   [blue]{Sparkline.Draw(progress.History, width - numbers.Length)}[/]");
    }

    static string Bar(long step, long steps, int width)
    {
        var share = steps > 0 ? Math.Clamp(step / (double)steps, 0, 1) : 0;
        var label = $"{Numbers.Fixed(100 * share, 1),5} %";
        var cells = width - label.Length - 1;
        var full = (int)Math.Round(share * cells);
        return $"[green]{new string('━', full)}[/][grey]{new string('─', cells - full)}[/] {label}";
    }
}
