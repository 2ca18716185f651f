namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>What the run stands on: dataset, plan, machine.</summary>
static class FactsSections
{
    const int MostDefects = 20;

    public static Html Dataset(RunReport report)
    {
        if (report.Dataset is not { } dataset)
            return ReportPage.Section("Dataset", Html.Of($"""<p class="none">The dataset could not be opened when this page was written. Its digest is <span class="digest">{report.Run.DatasetSha256}</span>.</p>"""));

        return ReportPage.Section("Dataset", Html.Of(
            $"""
            <table class="facts">
            {Fact("name", dataset.Name)}
            {Fact("clips", $"{Numbers.Count(dataset.Clips)}, {Numbers.Count(dataset.Frames)} frames; the shortest has {Numbers.Count(dataset.ShortestClip)}, the longest {Numbers.Count(dataset.LongestClip)}")}
            {Fact("persons", $"{dataset.Persons}")}
            {Fact("joints", $"{dataset.Layout.Joints.Count} ({dataset.Layout.Name})")}
            {Fact("classes", $"{dataset.Classes.Count}")}
            {Fact("subjects", dataset.Subjects.Count > 0 ? $"{dataset.Subjects.Count}" : "not known")}
            {Html.Each(dataset.Splits, s => Fact($"split {s.Name}", $"{Numbers.Count(s.Train)} to train on, {Numbers.Count(s.Test)} to test on{(s.Rule is { } rule ? $"; {rule}" : "")}"))}
            {Fact("preprocessing", dataset.Preprocessing)}
            <tr><th>digest</th><td class="digest">{report.Run.DatasetSha256}</td></tr>
            </table>
            {Defects(dataset)}
            """));
    }

    public static Html RunAndMachine(RunReport report)
    {
        var (run, machine) = (report.Run, report.Run.Machine);
        return ReportPage.Section("Run and machine", Html.Of(
            $"""
            <table class="facts">
            {Fact("started", ReportPage.Time(run.Started))}
            {(run.Ended is { } ended ? Fact("ended", ReportPage.Time(ended)) : Html.Empty)}
            {Fact("steps", $"{Numbers.Count(run.Step)} of {Numbers.Count(run.Steps)}, {run.Epochs} epochs")}
            {Fact("parameters", Numbers.Count(run.Parameters))}
            <tr><th>weights</th><td class="digest">{run.WeightsSha256 ?? "not finished"}</td></tr>
            <tr><th>plan</th><td class="digest">{run.PlanSha256}</td></tr>
            {Fact("processor", $"{machine.Processor}, {machine.Cores} cores, {Numbers.Fixed(machine.MemoryGiB, 1)} GiB")}
            {Fact("device", $"{machine.Device}, {machine.Threads} threads")}
            {Fact("libtorch", machine.Arithmetic)}
            {Fact("system", $"{machine.OperatingSystem}, {machine.Dotnet}")}
            </table>
            """));
    }

    public static Html Plan(RunReport report) =>
        ReportPage.Section("Plan", report.Plan.Length == 0 ? Html.Empty : Html.Of($"<details open><summary>plan.yaml</summary><pre>{report.Plan}</pre></details>"));

    static Html Defects(DatasetDescription dataset) =>
        dataset.Defects.Count == 0 ? Html.Empty : Html.Of(
            $"""
            <details><summary>Samples of the source that are missing or need care: {dataset.Defects.Count}</summary><table class="plain">
            <thead><tr><th>sample</th><th>what</th><th>why</th></tr></thead>
            {Html.Each(dataset.Defects.Take(MostDefects), d => Html.Of($"<tr><td>{d.Sample}</td><td>{d.Kind.ToString().ToLowerInvariant()}</td><td>{d.Reason}</td></tr>"))}
            </table>{(dataset.Defects.Count > MostDefects ? Html.Of($"""<p class="note">and {dataset.Defects.Count - MostDefects} more in dataset.json</p>""") : Html.Empty)}</details>
            """);

    static Html Fact(string name, string value) => Html.Of($"<tr><th>{name}</th><td>{value}</td></tr>\n");
}
