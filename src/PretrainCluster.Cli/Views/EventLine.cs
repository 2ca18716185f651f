namespace PretrainCluster.Cli.Views;

/// <summary>An event in one line, e.g. "14:03:22  step 120  checkpoint: …".</summary>
public static class EventLine
{
    public static string Text(RunEvent runEvent) =>
        $"{runEvent.Time.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  step "
            + $"{Numbers.Count(runEvent.Step)}  {Kind(runEvent.Kind)}: "
            + $"{runEvent.Message}{(runEvent.By is { } by ? $" (by {by})" : "")}";

    public static string Kind(RunEventKind kind) => kind.ToString().ToLowerInvariant();
}
