using PretrainCluster.Core.Plans;

namespace PretrainCluster.Core.Coordination;

/// <summary>What a coordinator needs to know beside the plans, whose recovery sections hold all other limits.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>Makes the 32 random bytes that authenticate a generation's connections.</summary>
    public required Func<byte[]> NewSecret { get; init; }

    /// <summary>Reads a plan; throws <see cref="InputException"/> where it is wrong. A shell that makes many coordinators may remember them.</summary>
    public Func<string, Plan> ReadPlan { get; init; } = static text => PlanText.Parse(text, PlanKinds.None);

    /// <summary>How long a new coordinator waits for the workers that its ledger knows.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a worker process may take from its start until it is ready.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a worker that was told to end may take, its last checkpoint included, before it is killed.</summary>
    public TimeSpan EndLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the workers of a new gang that are ready wait for the others, once they are enough.</summary>
    public TimeSpan GatherWait { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long what is left of a gang keeps its slots where there are none for the rest of it.</summary>
    public TimeSpan GangPatience { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A tick that is late by more than this means that the coordinator itself was held up: silence is then counted from now on.</summary>
    public TimeSpan Lateness { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often an evaluation that failed is tried again.</summary>
    public int EvaluationRetries { get; init; } = 2;

    /// <summary>How long an evaluation that made room for training waits before it is tried again; doubled each time, up to 32 times.</summary>
    public TimeSpan EvaluationPause { get; init; } = TimeSpan.FromMinutes(1);
}
