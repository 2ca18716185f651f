namespace PretrainCluster.Learning.Evaluation;

/// <summary>One protocol's outcome for one encoder, with everything needed to trust it. Written as JSON beside the run (runs/NAME/evaluations).</summary>
public sealed record EvaluationResult
{
    /// <summary>The protocol's name and version, e.g. "linear" and 1; a number is never compared across versions.</summary>
    public required string Protocol { get; init; }
    public required int Version { get; init; }

    /// <summary>What was set otherwise than the protocol has it, e.g. "epochs 10, batch 16"; null where nothing was. Figures are compared within equal settings.</summary>
    public string? Settings { get; init; }

    /// <summary>Part of a clip's frames that the plan's test view keeps; null for a protocol with views of its own.</summary>
    public double? Crop { get; init; }

    /// <summary>One line that says what was done, e.g. "learning rate chosen on 4 held-out training subjects".</summary>
    public required string Description { get; init; }

    /// <summary>"pretrained", or "random weights" for the control.</summary>
    public required string Encoder { get; init; }

    /// <summary>SHA-256 of the encoder's weights that were evaluated.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>Digest of the checkpoint's manifest; null for the control or a bare weights file.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>The checkpoint's step; null where there is no checkpoint.</summary>
    public long? Step { get; init; }

    /// <summary>The stage that the checkpoint is of, of a run that has stages.</summary>
    public string? Stage { get; init; }

    public required string Dataset { get; init; }
    public required string DatasetSha256 { get; init; }
    public required string Split { get; init; }
    public required int TrainClips { get; init; }
    public required int TestClips { get; init; }

    /// <summary>Digest of the dataset that the encoder was pretrained on, where it is another one: a transfer.</summary>
    public string? PretrainedOn { get; init; }

    /// <summary>The seeds that were asked for; a protocol may draw further ones from them, or need none.</summary>
    public IReadOnlyList<long> Seeds { get; init; } = [];

    /// <summary>Classes that pretraining did not see.</summary>
    public IReadOnlyList<int> NovelClasses { get; init; } = [];

    /// <summary>The figures, e.g. "k = 1" or "accuracy"; the first is the headline.</summary>
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    /// <summary>Counts [true class][predicted class] of the headline figure's first seed, where the protocol classifies.</summary>
    public int[][]? Confusion { get; init; }

    public IReadOnlyList<string>? ClassNames { get; init; }
    public required double Seconds { get; init; }

    /// <summary>The encoder as people read it, with its stage where it is of one.</summary>
    public string Subject() => Stage is { } stage ? $"{Encoder}, {stage}" : Encoder;
}

/// <summary>A figure over its seeds, in per cent.</summary>
/// <param name="Name">e.g. "accuracy", "k = 5", "1-shot nearest exemplar"</param>
/// <param name="Seeds">the seeds, in the order of the values</param>
/// <param name="Values">per cent, one per seed or draw</param>
/// <param name="Mean">mean of the values</param>
/// <param name="Interval">half the width of the 95 % confidence interval of the mean (Student's t); 0 where there is one value</param>
public sealed record Measurement(string Name, IReadOnlyList<long> Seeds, IReadOnlyList<double> Values, double Mean, double Interval)
{
    /// <summary>How many of the values have each test clip right, in the order of the clips; what a paired test compares. Null where no clip is classified, and for more than 255 values.</summary>
    public byte[]? Right { get; init; }
}
