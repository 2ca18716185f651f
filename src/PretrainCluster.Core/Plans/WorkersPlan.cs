using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>Who carries the run. Nothing here changes what it computes.</summary>
public sealed record WorkersPlan
{
    [Description("worker processes that the run needs to make progress"), Range(1, 4096)]
    public int Min { get; init; } = 1;

    [Description("worker processes that it takes at most, and aims at; never more than micro-batches"), Range(1, 4096)]
    public int Max { get; init; } = 1;

    [Description("micro-batches that a worker computes at a time on a CPU, one thread each; 0 stands for the machine's cores divided by max"), Range(0, 1024)]
    public int Threads { get; init; }

    [Description("cpu or cuda:N")]
    public string Device { get; init; } = "cpu";

    [Description("MiB that a worker may keep in memory before it is replaced; 0 stands for no limit"), Range(0, 16_777_216)]
    public int MemoryMib { get; init; }

    [Description("place workers whose arithmetic differs in one gang; the weights are then no longer promised to the bit")]
    public bool Mixed { get; init; }

    [Description("leave out a worker whose own share takes this many times the group's median, over its newest steps; 0 stands for never"), Range(0, 1000)]
    public double ExcludeStragglers { get; init; }
}
