using PretrainCluster.Faults.Schedules;

namespace PretrainCluster.EndToEnd.Tests;

/// <summary>The short form of `./pretrain faults PLAN`: the schedules that it draws, and one whole training under a schedule.</summary>
public sealed class FaultScheduleTests : IDisposable
{
    // Contrast with a queue and dropout on one worker, which is what a schedule finds hardest to leave alone.
    static readonly string[] s_settings =
    [
        "objective={kind: moco, queue: 64, projection_width: 16}", "encoder.dropout=0.1", "training.epochs=20", "checkpoints.every_steps=10",
        "view.augment=[{kind: rotation}, {kind: noise}]", "workers.threads=1",
    ];

    readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Next_FiftySchedules_EachHasThreeFaultsAndEveryKindAndPhaseComesFiveTimes(ulong seed)
    {
        var (draw, again) = (new FaultSchedules(seed, 250, azurite: true, smallDisk: true), new FaultSchedules(seed, 250, azurite: true, smallDisk: true));
        var drawn = Enumerable.Range(1, 50).Select(draw.Next).ToList();

        Assert.All(drawn, schedule => Assert.True(schedule.Faults.Count >= 3));
        Assert.All(drawn, schedule => Assert.All(schedule.Faults, fault => Assert.InRange(fault.Step, 1, 249)));
        var faults = drawn.SelectMany(schedule => schedule.Faults).ToList();
        Assert.All(Enum.GetValues<ScheduledKind>(), kind => Assert.True(faults.Count(fault => fault.Kind == kind) >= 5, $"{kind}"));
        Assert.All((string[])["forward", "exchange", "update", "snapshot", "commit", "regroup", "level"], phase => Assert.True(faults.Count(fault => fault.Phase == phase) >= 5, phase));
        Assert.Equal(drawn.SelectMany(schedule => schedule.Faults), Enumerable.Range(1, 50).Select(again.Next).SelectMany(schedule => schedule.Faults));
    }

    [Fact]
    public void Next_NeitherAzuriteNorASmallDisk_DrawsWhatIsLeft()
    {
        var draw = new FaultSchedules(1, 250, azurite: false, smallDisk: false);
        var drawn = Enumerable.Range(1, 50).Select(draw.Next).ToList();

        Assert.All(drawn, schedule => Assert.False(schedule.InAzurite));
        Assert.DoesNotContain(drawn.SelectMany(schedule => schedule.Faults), fault => fault.Kind is ScheduledKind.FullDisk or ScheduledKind.SlowStore or ScheduledKind.RefusingStore or ScheduledKind.RestartedStore);
    }

    [Fact]
    public async Task Run_UnderASchedule_EndsWithTheWeightsOfTheUndisturbedOne()
    {
        var undisturbed = await ExecuteAsync("undisturbed", workers: 1);
        ScheduledFault[] faults =
        [
            new(ScheduledKind.Kill, 12, "exchange"), new(ScheduledKind.Pause, 20, "forward"), new(ScheduledKind.FlippedBit, 35, ""), new(ScheduledKind.Kill, 42, "snapshot"),
            new(ScheduledKind.Leave, 45, ""), new(ScheduledKind.Join, 50, ""), new(ScheduledKind.Freeze, 55, "forward"), new(ScheduledKind.CoordinatorBack, 60, ""),
        ];
        var outcome = await ExecuteAsync("disturbed", workers: 3, faults);

        Assert.Equal("", string.Join("; ", undisturbed.Defects));
        Assert.Equal("", string.Join("; ", outcome.Defects));
        Assert.NotNull(undisturbed.Weights);
        Assert.Equal(undisturbed.Weights, outcome.Weights);
        // On a fast machine the run would end while somebody outside is still at work on the one before: the worker that freezes holds it.
        Assert.Equal(faults.ToHashSet(), outcome.Struck.ToHashSet());
        Assert.True(outcome.Redone > 0);
    }

    // 80 clips are trained on: the first stage ends with step 20.
    [Fact]
    public async Task Run_WithStagesKilledAroundTheirBorder_EndsWithTheWeightsOfTheUndisturbedOne()
    {
        var undisturbed = await ExecuteAsync("undisturbed", workers: 1, _workspace.StagedPlanFile, []);
        ScheduledFault[] faults = [new(ScheduledKind.Kill, 19, "update"), new(ScheduledKind.Kill, 20, "commit"), new(ScheduledKind.Kill, 20, "stage"), new(ScheduledKind.Kill, 21, "exchange")];
        var outcome = await ExecuteAsync("disturbed", workers: 3, _workspace.StagedPlanFile, [], faults);

        Assert.Equal("", string.Join("; ", undisturbed.Defects.Concat(outcome.Defects)));
        Assert.NotNull(undisturbed.Weights);
        Assert.Equal(undisturbed.Weights, outcome.Weights);
        Assert.Equal(faults.ToHashSet(), outcome.Struck.ToHashSet());
    }

    Task<ScheduleOutcome> ExecuteAsync(string name, int workers, params ScheduledFault[] faults) => ExecuteAsync(name, workers, _workspace.PlanFile, s_settings, faults);

    async Task<ScheduleOutcome> ExecuteAsync(string name, int workers, string plan, string[] more, params ScheduledFault[] faults)
    {
        var folder = Directory.CreateDirectory(_workspace.In(name)).FullName;
        string[] settings = [.. more, $"data.dataset={_workspace.In("data", "tiny")}", $"workers.max={workers}"];
        using var run = new ScheduledRun(folder, [plan, .. settings.SelectMany(setting => new[] { "--set", setting })], faults, inAzurite: false, seed: 1);
        return await run.ExecuteAsync();
    }
}
