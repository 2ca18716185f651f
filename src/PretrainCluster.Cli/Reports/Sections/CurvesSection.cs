namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>How training went: loss (linear and logarithmic), learning rate, gradient norm, speed.</summary>
static class CurvesSection
{
    const int WindowsPerRun = 40, MostMonitored = 6;

    public static Html Render(RunReport report)
    {
        var metrics = report.Metrics;
        if (metrics.Count == 0)
            return ReportPage.Section("Training", Html.Of($"""<p class="none">No step was taken yet.</p>"""));

        // Steps stand in the order in which they were done, so stages do, too.
        var stages = metrics.GroupBy(m => m.Stage).Select(stage => (Name: stage.Key, Metrics: (IReadOnlyList<StepMetrics>)[.. stage])).ToList();
        var window = Math.Max(2, metrics.Count / stages.Count / WindowsPerRun);
        var loss = new LineChart("loss over epochs", 960, stages.Count > 1 ? 220 : 300) { Window = window };
        var infinite = metrics.Count(m => !double.IsFinite(m.Loss));
        return ReportPage.Section("Training", Html.Of(
            $"""
            <figure class="wide switch">
            <figcaption>Loss <span class="note">mean of a global batch; the strong line is the mean over {Numbers.Count(window)} steps</span></figcaption>
            <input type="radio" name="scale" id="linear" checked><label for="linear">linear</label>
            <input type="radio" name="scale" id="log"><label for="log">logarithmic</label>
            <div class="linear">{Html.Each(stages, stage => Html.Of($"{Heading(stage.Name)}{Loss(loss, stage.Metrics)}"))}</div>
            <div class="log">{Html.Each(stages, stage => Html.Of($"{Heading(stage.Name)}{Loss(loss with { Logarithmic = true }, stage.Metrics)}"))}</div>
            {(infinite > 0 ? Html.Of($"""<p class="reason">Left out, because the loss is not finite: {(infinite == 1 ? "1 step" : $"{infinite} steps")}.</p>""") : Html.Empty)}
            </figure>
            {Html.Each(stages, stage => Html.Of(
                $"""
                {Heading(stage.Name)}
                <div class="row three">
                {Small("Learning rate", stage.Metrics, m => m.LearningRate, 1, Numbers.Short)}
                {Small("Gradient norm", stage.Metrics, m => m.GradientNorm, window, Numbers.Short)}
                {Small("Clips per second", stage.Metrics, m => m.ClipsPerSecond, window, Numbers.Rate)}
                </div>
                """))}
            {Monitor(report.Monitor)}
            """));
    }

    static Html Heading(string? stage) => stage is null ? Html.Empty : Html.Of($"<h3>Stage {stage}</h3>");

    static Html Monitor(IReadOnlyList<MonitorMetrics> measured) => measured.Count == 0 ? Html.Empty : Html.Of(
        $"""
        <p class="note">Weighted kNN on a part of the training split, per cent; the test side is not read.</p>
        <div class="row three">
        {Html.Each(measured[^1].Values.Select(value => value.Neighbours).Take(MostMonitored), k => Monitored(k, measured))}
        </div>
        """);

    static Html Monitored(int neighbours, IReadOnlyList<MonitorMetrics> measured) => Html.Of(
        $"""
        <figure>
        <figcaption>kNN, k = {neighbours}</figcaption>
        {new LineChart($"kNN with {neighbours} neighbours over epochs", 380, 210).Draw(
            [.. measured.SelectMany(m => m.Values.Where(value => value.Neighbours == neighbours).Select(value => new Point(m.Epoch, value.Accuracy)))], p => $"epoch {Numbers.Fixed(p.X, 2)}   {Numbers.Fixed(p.Y, 1)} %")}
        </figure>
        """);

    static Html Loss(LineChart chart, IReadOnlyList<StepMetrics> metrics) => chart.Draw(Points(metrics, m => m.Loss), p => $"epoch {Numbers.Fixed(p.X, 2)}   loss {Numbers.Short(p.Y)}");

    static Html Small(string title, IReadOnlyList<StepMetrics> metrics, Func<StepMetrics, double> value, int window, Func<double, string> write) => Html.Of(
        $"""
        <figure>
        <figcaption>{title}</figcaption>
        {new LineChart($"{title} over epochs", 380, 210) { Window = window }.Draw(Points(metrics, value), p => $"epoch {Numbers.Fixed(p.X, 2)}   {write(p.Y)}")}
        </figure>
        """);

    static IReadOnlyList<Point> Points(IReadOnlyList<StepMetrics> metrics, Func<StepMetrics, double> value) => [.. metrics.Select(m => new Point(m.Epoch, value(m)))];
}
