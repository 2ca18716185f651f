using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>Batches, length and optimiser.</summary>
public sealed record TrainingPlan
{
    [Description("passes over the training clips"), Range(1, 1_000_000)]
    public required int Epochs { get; init; }

    public required BatchPlan Batch { get; init; }

    public OptimizerPlan Optimizer { get; init; } = new();

    [Description("fp32, or bf16 where the device has it (forward and backward in bf16 through autocast, weights in fp32)")]
    public Precision Precision { get; init; } = Precision.Fp32;
}

/// <summary>A global batch is a fixed number of micro-batches; what a step computes depends on both, not on who computes them.</summary>
public sealed record BatchPlan
{
    [Description("clips of a global batch"), Range(1, 1_048_576)]
    public required int Clips { get; init; }

    [Description("micro-batches of a global batch; divides clips"), Range(1, 4096)]
    public int MicroBatches { get; init; } = 1;

    [Description("leave out each epoch's remainder, as published recipes do; otherwise a step may span two epochs")]
    public bool DropLast { get; init; }
}
