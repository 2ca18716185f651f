using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>Which clips are trained on.</summary>
public sealed record DataPlan
{
    [Description("a dataset's folder, as written by `pretrain data import` or `synthesize`, or azure://ACCOUNT/CONTAINER/PREFIX, as written by `pretrain data push`"), DecidesNothing]
    public required string Dataset { get; init; }

    [Description("the dataset's split; its training side is pretrained on, its test side only evaluated on")]
    public required string Split { get; init; }

    [Description("classes (0-based) kept out of pretraining, for few-shot evaluation on unseen classes"), Range(0, 1_000_000)]
    public IReadOnlyList<int> HoldOutClasses { get; init; } = [];

    [Description("what the recipe expects of the dataset; `--dry-run` uses it where the dataset is missing, a run checks it"), DecidesNothing]
    public DataShape? Shape { get; init; }
}

/// <summary>The shape of a dataset that a recipe is made for.</summary>
public sealed record DataShape
{
    [Description("clips trained on: the training side of the split without held-out classes"), Range(1, long.MaxValue)]
    public required long Clips { get; init; }

    [Description("persons per clip"), Range(1, 8)]
    public required int Persons { get; init; }

    [Description("joints per person"), Range(1, 1024)]
    public required int Joints { get; init; }
}
