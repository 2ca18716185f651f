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

    [AddedLater]
    public TrainablePlan Trainable { get; init; } = new();

    [Description("fp32, or bf16 where the device has it (forward and backward in bf16 through autocast, weights in fp32)")]
    public Precision Precision { get; init; } = Precision.Fp32;
}

/// <summary>The part of the encoder that is trained; no gradient is computed for the rest, and its batch norms keep their running statistics.</summary>
public sealed record TrainablePlan
{
    [Description("first block of the encoder that is trained, from 0: those before it, and what comes before the blocks, stay as they are; the number of its blocks leaves all of it as it is. Heads and a decoder are always trained"), Range(0, 128)]
    public int? FromBlock { get; init; }
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
