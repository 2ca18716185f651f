using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>What is evaluated when the run ends.</summary>
public sealed record EvaluationPlan
{
    [Description("protocols by name, as docs/evaluation.md lists them; one with keys of its own as {kind: NAME, KEY: VALUE}")]
    public IReadOnlyList<ProtocolPlan> Protocols { get; init; } = [];

    [Description("seeds of each protocol"), Range(1, 1000)]
    public int Seeds { get; init; } = 3;

    [Description("evaluate the same encoder with random weights beside it")]
    public bool Control { get; init; } = true;

    [Description("all: protocols that are not about novel classes work on all classes; base: on all but the novel ones")]
    public ClassScope Classes { get; init; } = ClassScope.All;

    [Description("classes (0-based) that few-shot protocols take as novel; empty stands for data.hold_out_classes"), Range(0, 1_000_000)]
    public IReadOnlyList<int> NovelClasses { get; init; } = [];

    [Description("the settings of few-shot")]
    public FewShotPlan FewShot { get; init; } = new();

    [Description("the settings of fine-tune and of semi-supervised; MAMP's unless set")]
    public FineTunePlan FineTune { get; init; } = new();

    [Description("the settings of semi-supervised")]
    public SemiSupervisedPlan SemiSupervised { get; init; } = new();

    [Description("the settings of supervised, which tables and `pretrain baselines` train")]
    public SupervisedPlan Supervised { get; init; } = new();

    [Description("weighted kNN on a part of the training split, while the run trains")]
    public MonitorPlan Monitor { get; init; } = new();
}

/// <summary>A way to turn an encoder into figures. Each kind's keys stand beside the class that does it.</summary>
[Kinds("protocol", "how the encoder is evaluated", ByName = true)]
public record ProtocolPlan : KindSection;

/// <summary>Which classes a protocol works on that is not about novel ones.</summary>
public enum ClassScope
{
    All,
    Base,
}

/// <summary>n exemplars of each class.</summary>
public sealed record FewShotPlan
{
    [Description("exemplars per class, ascending; every class needs as many training clips as the last"), Range(1, 1000)]
    public IReadOnlyList<int> Shots { get; init; } = [1, 2, 5, 10];

    [Description("draws of the exemplars"), Range(1, 255)]
    public int Draws { get; init; } = 100;
}

/// <summary>Training encoder and head together on labels; by default as MAMP's main_finetune.py does (Mao et al., ICCV 2023).</summary>
public sealed record FineTunePlan
{
    [Description("passes over the labelled clips"), Range(1, 10_000)]
    public int Epochs { get; init; } = 100;

    [Description("clips of a batch"), Range(2, 4096)]
    public int Batch { get; init; } = 48;

    [Description("micro-batches of a batch, as MAMP's two GPUs; the head's batch norm is over one"), Range(1, 64)]
    public int MicroBatches { get; init; } = 2;

    [Description("learning rate of the head after warm-up"), Range(0.0000001, 10)]
    public double LearningRate { get; init; } = 3e-4;

    [Description("learning rate of the head at the end of the cosine"), Range(0, 10)]
    public double MinLearningRate { get; init; } = 1e-5;

    [Description("epochs of linear warm-up from 0"), Range(0, 10_000)]
    public double WarmupEpochs { get; init; } = 5;

    [Description("weight decay; not of biases and norms"), Range(0, 10)]
    public double WeightDecay { get; init; } = 0.05;

    [Description("what the learning rate is multiplied by for each layer below the head; 1 gives all the same"), Range(0.01, 1)]
    public double LayerDecay { get; init; } = 0.8;

    [Description("stochastic depth of the last block of a transformer"), Range(0, 0.95)]
    public double DropPath { get; init; } = 0.3;

    [Description("label smoothing"), Range(0, 0.99)]
    public double LabelSmoothing { get; init; } = 0.1;

    [Description("dropout before the head"), Range(0, 0.95)]
    public double Dropout { get; init; } = 0.3;

    [Description("hidden width of the head"), Range(1, 65_536)]
    public int Hidden { get; init; } = 2048;
}

/// <summary>Fine-tuning on a part of the labels.</summary>
public sealed record SemiSupervisedPlan
{
    [Description("parts of the training clips whose labels are used"), Range(0.0001, 1)]
    public IReadOnlyList<double> Fractions { get; init; } = [0.01, 0.05, 0.1];

    [Description("repetitions, each with a draw of its own"), Range(1, 255)]
    public int Repeats { get; init; } = 5;
}

/// <summary>Training from scratch with labels.</summary>
public sealed record SupervisedPlan
{
    [Description("passes over the training clips"), Range(1, 10_000)]
    public int Epochs { get; init; } = 80;
}

/// <summary>kNN while a run trains. It reads checkpoints beside the training, and changes nothing that is computed there.</summary>
public sealed record MonitorPlan
{
    [Description("epochs between two values, taken from the next checkpoint; 0 stands for no monitor"), Range(0, 1_000_000)]
    public int EveryEpochs { get; init; }

    [Description("training clips it uses at most, drawn by the plan's seed"), Range(20, 1_000_000)]
    public int Clips { get; init; } = 2000;

    [Description("neighbours that vote"), Range(1, 1000)]
    public IReadOnlyList<int> Neighbours { get; init; } = [10, 20, 40];

    [Description("a neighbour's vote is exp(cosine similarity / temperature)"), Range(0.001, 100)]
    public double Temperature { get; init; } = 0.1;
}
