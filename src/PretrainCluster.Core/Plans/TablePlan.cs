using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace PretrainCluster.Core.Plans;

/// <summary>A table of recipes that are pretrained for equally long and evaluated alike (docs/tables.md). Written as YAML, as a plan is.</summary>
public sealed record TablePlan
{
    [Description("the table's name; its runs are called NAME-ROW-sSEED")]
    public required string Name { get; init; }

    [Description("minutes of pretraining of each run; they are turned into whole epochs once, by measuring"), Range(0.001, 1_000_000)]
    public double Minutes { get; init; } = 4;

    [Description("seeds that every row is pretrained with"), Range(0, long.MaxValue)]
    public IReadOnlyList<long> Seeds { get; init; } = [1, 2, 3];

    [Description("runs at a time, of one thread each"), Range(1, 1024)]
    public int AtATime { get; init; } = 2;

    [Description("what every row's plan is overridden with, e.g. data.hold_out_classes=[8, 9]")]
    public IReadOnlyList<string> Set { get; init; } = [];

    [Description("what is shown of each row, in this order")]
    public required IReadOnlyList<TableColumn> Columns { get; init; }

    [Description("the recipes")]
    public required IReadOnlyList<TableRow> Rows { get; init; }

    [Description("train the first row's encoder from scratch with labels, too, with as many seeds")]
    public bool Supervised { get; init; } = true;
}

/// <summary>A figure of a protocol.</summary>
public sealed record TableColumn
{
    [Description("its heading")]
    public required string Title { get; init; }

    [Description("a protocol of evaluation.protocols")]
    public required string Protocol { get; init; }

    [Description("which of its figures, e.g. accuracy, k = 1, 1-shot")]
    public required string Figure { get; init; }
}

/// <summary>A recipe.</summary>
public sealed record TableRow
{
    [Description("its name in the table, and in the names of its runs")]
    public required string Name { get; init; }

    [Description("its plan, relative to the table's file")]
    public required string Plan { get; init; }

    [Description("epochs that were measured before, one number for each stage; without them they are measured and kept beside the runs"), Range(1, 1_000_000)]
    public IReadOnlyList<int> Epochs { get; init; } = [];
}
