using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>Everything that decides what a run computes, and a little that decides how it is carried. Written as YAML in snake_case (docs/plans.md).</summary>
public sealed record Plan
{
    [Description("the run's name; its folder is runs/NAME")]
    public required string Name { get; init; }

    [Description("seed of initial weights, sampling order, views and masks"), Range(0, long.MaxValue)]
    public long Seed { get; init; } = 1;

    public required DataPlan Data { get; init; }
    public required ViewPlan View { get; init; }
    public required EncoderPlan Encoder { get; init; }
    public required ObjectivePlan Objective { get; init; }
    public required TrainingPlan Training { get; init; }
    public WorkersPlan Workers { get; init; } = new();
    public CheckpointPlan Checkpoints { get; init; } = new();
    public EvaluationPlan Evaluation { get; init; } = new();
}

/// <summary>Which clips are trained on.</summary>
public sealed record DataPlan
{
    [Description("a dataset's folder, as written by `pretrain data import` or `synthesize`")]
    public required string Dataset { get; init; }

    [Description("the dataset's split; its training side is pretrained on, its test side only evaluated on")]
    public required string Split { get; init; }

    [Description("classes (0-based) kept out of pretraining, for few-shot evaluation on unseen classes")]
    public IReadOnlyList<int> HoldOutClasses { get; init; } = [];

    [Description("what the recipe expects of the dataset; `--dry-run` uses it where the dataset is missing, a run checks it")]
    public DataShape? Shape { get; init; }
}

/// <summary>The shape of a dataset that a recipe is made for.</summary>
public sealed record DataShape
{
    [Description("clips in the training side of the split"), Range(1, long.MaxValue)]
    public required long Clips { get; init; }

    [Description("persons per clip"), Range(1, 8)]
    public required int Persons { get; init; }

    [Description("joints per person"), Range(1, 1024)]
    public required int Joints { get; init; }
}

/// <summary>How a clip becomes the encoder's input: [persons, frames, joints, 3].</summary>
public sealed record ViewPlan
{
    [Description("frames of a view, after resizing"), Range(1, 4096)]
    public required int Frames { get; init; }

    [Description("temporal crop: part of the valid frames kept, uniform in [min, max]")]
    public CropPlan Crop { get; init; } = new();

    [Description("augmentations of a training view, applied in this order")]
    public IReadOnlyList<AugmentationPlan> Augment { get; init; } = [];
}

/// <summary>Temporal crop and resize.</summary>
public sealed record CropPlan
{
    [Description("smallest part of the valid frames"), Range(0.01, 1)]
    public double Min { get; init; } = 0.5;

    [Description("largest part of the valid frames"), Range(0.01, 1)]
    public double Max { get; init; } = 1;

    [Description("a crop is never shorter than this many frames, where the clip has them"), Range(1, 4096)]
    public int MinFrames { get; init; } = 64;

    [Description("part of the valid frames in the centred crop of an evaluation view"), Range(0.01, 1)]
    public double Evaluation { get; init; } = 0.95;
}

/// <summary>The kinds of augmentation; REFERENCE names and defaults stand in docs/augmentation.md.</summary>
public enum AugmentationKind
{
    Rotation,
    AxisRotation,
    Shear,
    JointJitter,
    JointDrop,
    Flip,
    Noise,
    Blur,
    TemporalFlip,
}

/// <summary>One augmentation. Keys that a kind does not use are refused; a null stands for that kind's published default (<see cref="AugmentationDefaults"/>).</summary>
public sealed record AugmentationPlan
{
    public required AugmentationKind Kind { get; init; }

    [Description("chance that a view gets it"), Range(0, 1)]
    public double? Probability { get; init; }

    [Description("rotation: largest Euler angle in radians; axis_rotation: largest angle about the main axis in radians; shear: largest off-diagonal; noise: standard deviation in metres; joint_jitter: largest matrix entry"), Range(0, 10)]
    public double? Amount { get; init; }

    [Description("axis_rotation: largest angle about the two other axes, in radians"), Range(0, 10)]
    public double? MinorAmount { get; init; }

    [Description("joint_jitter, joint_drop: joints affected"), Range(1, 1024)]
    public int? Joints { get; init; }

    [Description("joint_jitter: chance that the joints are set to zero rather than transformed"), Range(0, 1)]
    public double? ZeroProbability { get; init; }

    [Description("blur: kernel length in frames, odd"), Range(1, 255)]
    public int? Kernel { get; init; }

    [Description("blur: smallest standard deviation of the kernel, in frames"), Range(0.01, 100)]
    public double? MinSigma { get; init; }

    [Description("blur: largest standard deviation of the kernel, in frames"), Range(0.01, 100)]
    public double? MaxSigma { get; init; }
}

/// <summary>The skeleton transformer of MAMP (Mao et al., ICCV 2023), of any size.</summary>
public sealed record EncoderPlan
{
    [Description("frames per token; divides the view's frames"), Range(1, 256)]
    public int PatchFrames { get; init; } = 4;

    [Description("joints per token; divides the joint count"), Range(1, 256)]
    public int PatchJoints { get; init; } = 1;

    [Description("features per token"), Range(1, 8192)]
    public int Width { get; init; } = 256;

    [Description("transformer blocks"), Range(1, 128)]
    public int Depth { get; init; } = 8;

    [Description("attention heads; divides the width"), Range(1, 128)]
    public int Heads { get; init; } = 8;

    [Description("hidden width of a block's MLP, as a multiple of the width"), Range(0.25, 16)]
    public double MlpRatio { get; init; } = 4;

    [Description("dropout of projections and MLPs"), Range(0, 0.95)]
    public double Dropout { get; init; }

    [Description("dropout of attention weights"), Range(0, 0.95)]
    public double AttentionDropout { get; init; }

    [Description("stochastic depth of the last block; earlier blocks grow linearly towards it"), Range(0, 0.95)]
    public double DropPath { get; init; }
}

/// <summary>The self-supervised objectives.</summary>
public enum ObjectiveKind
{
    /// <summary>Masked motion prediction with motion-aware masking (MAMP, ICCV 2023).</summary>
    MaskedMotion,

    /// <summary>Masked coordinates with random masking (the MAE baseline of MAMP's authors).</summary>
    MaskedCoordinates,

    /// <summary>Joint-level and frame-level masking (SkeletonMAE, Wu et al., ICMEW 2023).</summary>
    SkeletonMae,
}

/// <summary>What SkeletonMAE masks.</summary>
public enum SkeletonMasking
{
    /// <summary>The same joints in all frames.</summary>
    Joint,

    /// <summary>Whole frames.</summary>
    Frame,

    /// <summary>Both.</summary>
    SpatialTemporal,
}

/// <summary>A masked objective and its decoder.</summary>
public sealed record ObjectivePlan
{
    public required ObjectiveKind Kind { get; init; }

    [Description("masked_motion, masked_coordinates: part of the tokens that is masked"), Range(0, 0.999)]
    public double MaskRatio { get; init; } = 0.9;

    [Description("masked_motion: temperature tau of motion-aware masking; larger is closer to uniform"), Range(0.01, 100)]
    public double Temperature { get; init; } = 0.8;

    [Description("masked_motion: frames between the two ends of a motion"), Range(1, 64)]
    public int MotionStride { get; init; } = 1;

    [Description("normalise each token's target to mean 0 and variance 1")]
    public bool NormalizeTarget { get; init; } = true;

    [Description("skeleton_mae: which parts are masked")]
    public SkeletonMasking Masking { get; init; } = SkeletonMasking.SpatialTemporal;

    [Description("skeleton_mae: part of the joints masked in all frames"), Range(0, 0.999)]
    public double JointRatio { get; init; } = 0.5;

    [Description("skeleton_mae: part of the frames masked whole"), Range(0, 0.999)]
    public double FrameRatio { get; init; } = 0.5;

    public DecoderPlan Decoder { get; init; } = new();
}

/// <summary>The decoder of a masked objective.</summary>
public sealed record DecoderPlan
{
    [Description("features per token; 0 stands for the encoder's width"), Range(0, 8192)]
    public int Width { get; init; }

    [Description("transformer blocks; at most the encoder's depth where drop_path is used"), Range(1, 128)]
    public int Depth { get; init; } = 5;
}

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

public enum Precision
{
    Fp32,
    Bf16,
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

public enum OptimizerKind
{
    AdamW,
    Sgd,
}

/// <summary>Optimiser and learning-rate schedule: linear warm-up, then half a cosine, step by step.</summary>
public sealed record OptimizerPlan
{
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

    [Description("learning rate after warm-up, absolute (never scaled by the batch)"), Range(0, 100)]
    public double LearningRate { get; init; } = 1e-3;

    [Description("learning rate at the end of the cosine"), Range(0, 100)]
    public double MinLearningRate { get; init; }

    [Description("epochs of linear warm-up from 0"), Range(0, 1_000_000)]
    public double WarmupEpochs { get; init; }

    [Description("decoupled weight decay; biases, norms and embeddings of one dimension are left out"), Range(0, 10)]
    public double WeightDecay { get; init; } = 0.05;

    [Description("adamw: decay of the first moment"), Range(0, 0.999999)]
    public double Beta1 { get; init; } = 0.9;

    [Description("adamw: decay of the second moment"), Range(0, 0.999999)]
    public double Beta2 { get; init; } = 0.95;

    [Description("sgd: momentum"), Range(0, 0.999999)]
    public double Momentum { get; init; } = 0.9;

    [Description("largest norm of the whole gradient; 0 leaves it as it is"), Range(0, 1e9)]
    public double ClipNorm { get; init; }
}

/// <summary>Who carries the run. Nothing here changes what it computes.</summary>
public sealed record WorkersPlan
{
    [Description("micro-batches computed at a time on a CPU, one thread each; 0 stands for the machine's cores"), Range(0, 1024)]
    public int Threads { get; init; }

    [Description("cpu or cuda:N")]
    public string Device { get; init; } = "cpu";
}

/// <summary>When the run can be resumed from.</summary>
public sealed record CheckpointPlan
{
    [Description("steps between checkpoints; 0 stands for once an epoch"), Range(0, 1_000_000_000)]
    public int EverySteps { get; init; }

    [Description("newest checkpoints kept"), Range(1, 1_000_000)]
    public int Keep { get; init; } = 3;
}

/// <summary>What is evaluated when the run ends.</summary>
public sealed record EvaluationPlan
{
    [Description("protocols by name: linear, linear/mamp-2023, knn, few-shot")]
    public IReadOnlyList<string> Protocols { get; init; } = [];

    [Description("seeds of each protocol"), Range(1, 1000)]
    public int Seeds { get; init; } = 3;

    [Description("evaluate the same encoder with random weights beside it")]
    public bool Control { get; init; } = true;
}
