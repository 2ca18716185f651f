namespace PretrainCluster.Cli.Views;

/// <summary>Where a run stands among its stages, in words.</summary>
static class StageText
{
    /// <summary>e.g. "stage 2 of 2, tuning"; null where the run has no stages.</summary>
    public static string? Stage(RunInfo run, long step) => run.StageOf(step) is { } stage ? $"stage {stage.Number} of {run.Stages!.Count}, {stage.Name}" : null;

    /// <summary>e.g. "epoch 3.20 of 20", and before it the stage that these epochs are of.</summary>
    public static string Epoch(RunInfo run, StepMetrics last, int decimals = 2) =>
        $"{(Stage(run, last.Step) is { } stage ? stage + ", " : "")}epoch {Numbers.Fixed(last.Epoch, decimals)} of {run.StageOf(last.Step)?.Epochs ?? run.Epochs}";
}
