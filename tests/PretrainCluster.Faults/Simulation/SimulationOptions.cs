namespace PretrainCluster.Faults.Simulation;

/// <summary>How large a cluster is simulated, for how long, and what goes wrong in it.</summary>
public sealed record SimulationOptions
{
    /// <summary>Slots of the cluster, one worker each.</summary>
    public int Workers { get; init; } = 10_000;
    public int SlotsPerNode { get; init; } = 8;

    /// <summary>Runs submitted, two of five at the start.</summary>
    public int Runs { get; init; } = 1_000;
    public double Hours { get; init; } = 24;
    public ulong Seed { get; init; } = 1;

    /// <summary>Seconds between a worker's reports.</summary>
    public double Report { get; init; } = 60;

    /// <summary>Hours that a worker lasts, on average.</summary>
    public double WorkerLife { get; init; } = 24;
    public int Stalls { get; init; } = 200;
    public int CoordinatorDeaths { get; init; } = 50;
    public int NodeLosses { get; init; } = 40;
    public int Stragglers { get; init; } = 60;
    public int UserActions { get; init; } = 200;

    /// <summary>Events between the checks of everything.</summary>
    public int GlobalCheckEvery { get; init; } = 10_000;

    /// <summary>A bug that is put into what the coordinator says, to see it found.</summary>
    public PlantedBug Plant { get; init; }

    /// <summary>The event from which on the bug strikes.</summary>
    public long PlantFrom { get; init; } = 5_000;
}
