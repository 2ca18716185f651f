using PretrainCluster.Skeletons.Import;
using Spectre.Console;

namespace PretrainCluster.Cli.Data;

/// <summary>Progress of an import: a bar on a terminal, a line now and then elsewhere.</summary>
static class ProgressLine
{
    public static T Show<T>(TextWriter output, TimeProvider time, string what, Func<IProgress<ImportProgress>, T> work)
    {
        var interactive = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities is { Ansi: true, Interactive: true };
        return interactive ? OnTerminal(what, work) : work(new NowAndThen<ImportProgress>(output, time, value => Text(what, value)));
    }

    static T OnTerminal<T>(string what, Func<IProgress<ImportProgress>, T> work) =>
        AnsiConsole.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context.AddTask(what), what)));

    sealed class Bar(ProgressTask task, string what) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value)
        {
            task.MaxValue = value.Total;
            task.Value = value.Done;
            task.Description = Text(what, value);
        }
    }

    static string Text(string what, ImportProgress value) =>
        $"{what} {Numbers.Count(value.Done)} of {Numbers.Count(value.Total)}{(value.LeftOut > 0 ? $", {Numbers.Count(value.LeftOut)} left out" : "")}";
}
