using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>
/// How long anything may take before it counts as lost, in seconds. They build on each other, and their order is checked:
/// heartbeat &lt; silence &lt; connect &lt; stall &lt; coordinator_absence, and backoff &lt;= backoff_max.
/// </summary>
public sealed record RecoveryPlan
{
    [Description("seconds between a worker's signs of life"), Range(0.05, 600)]
    public double Heartbeat { get; init; } = 0.5;

    [Description("seconds without a sign of life after which a worker counts as stopped, and is replaced"), Range(0.1, 3600)]
    public double Silence { get; init; } = 5;

    [Description("seconds that the members of a generation have to find each other and become level"), Range(0.1, 3600)]
    public double Connect { get; init; } = 30;

    [Description("seconds that a worker which is ready waits for the end of the step under way; then the group breaks the step off and takes it in"), Range(0, 3600)]
    public double JoinWait { get; init; } = 0.25;

    [Description("seconds beyond twice the p95 of the group's steps without a micro-batch or phase of one being done, before a worker counts as stalled"), Range(0.1, 86400)]
    public double Stall { get; init; } = 45;

    [Description("seconds that workers train on without a coordinator before they write a checkpoint and end"), Range(0.1, 86400)]
    public double CoordinatorAbsence { get; init; } = 60;

    [Description("failures in a row, without a step between them, after which the run is given up"), Range(0, 1_000_000)]
    public int Retries { get; init; } = 5;

    [Description("seconds before a lost worker is started again; doubled with every failure in a row"), Range(0, 3600)]
    public double Backoff { get; init; } = 0.1;

    [Description("longest of these waits, in seconds"), Range(0, 86400)]
    public double BackoffMax { get; init; } = 30;

    [Description("steps between comparisons of the members' weights; one that differs is left out; 0 stands for never"), Range(0, 1_000_000_000)]
    public int CompareEvery { get; init; } = 100;
}
