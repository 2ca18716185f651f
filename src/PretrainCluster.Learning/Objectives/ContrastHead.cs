namespace PretrainCluster.Learning.Objectives;

/// <summary>What follows a head's last layer.</summary>
enum HeadEnd
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>A batch norm, as follows every other layer.</summary>
    Normalized,

    /// <summary>Nothing, and the layer has no bias: for a loss that sees no shift.</summary>
    Unbiased,
}

/// <summary>A multi-layer perceptron on the embeddings of a whole batch: linear layers, each with batch norm and ReLU behind it but the last.</summary>
sealed class ContrastHead : nn.Module
{
    readonly List<Linear> _layers = [];
    readonly List<HeadNorm> _norms = [];

    /// <param name="prefix">of its tensors' public names</param>
    /// <param name="widths">of the input and of every layer</param>
    public ContrastHead(string prefix, IReadOnlyList<long> widths, HeadEnd end, ulong seed) : base(nameof(ContrastHead))
    {
        for (var i = 1; i < widths.Count; i++)
        {
            var isLast = i == widths.Count - 1;
            _layers.Add(nn.Linear(widths[i - 1], widths[i], hasBias: !isLast || end != HeadEnd.Unbiased));
            register_module($"fc{i}", _layers[^1]);
            if (isLast && end != HeadEnd.Normalized)
                break;
            _norms.Add(new HeadNorm(widths[i]));
            register_module($"bn{i}", _norms[^1]);
        }
        Weights = this.Named(prefix);
        Buffers = [.. named_buffers().Select(buffer => (prefix + buffer.name, buffer.buffer))];
        Initialization.Fill(Weights, seed);
    }

    public NamedWeights Weights { get; }
    public NamedState Buffers { get; }

    /// <param name="x">[batch, width]</param>
    /// <param name="statistics">gets those of every norm that the batch passed</param>
    public Tensor Forward(Tensor x, List<BatchStatistics> statistics)
    {
        for (var i = 0; i < _layers.Count; i++)
        {
            x = _layers[i].forward(x);
            if (i < _norms.Count)
                x = _norms[i].Forward(x, statistics);
            if (i < _layers.Count - 1)
                x = nn.functional.relu(x);
        }
        return x;
    }
}

/// <summary>Batch norm over all clips of a global batch, in the arithmetic of torch.nn.BatchNorm1d.</summary>
sealed class HeadNorm(long width) : TrackedNorm(nameof(HeadNorm), width)
{
    /// <param name="x">[batch, width]</param>
    /// <param name="statistics">gets the batch's in a training pass</param>
    public Tensor Forward(Tensor x, List<BatchStatistics> statistics)
    {
        if (!training)
            return Evaluated(x);
        using (no_grad())
        {
            var (variance, mean) = x.detach().var_mean([0], unbiased: true);
            statistics.Add(new BatchStatistics(this, mean, variance));
        }
        // The running statistics that a training pass would change are left behind; TorchSharp 0.99.6 cannot do without any.
        return nn.functional.batch_norm(x, running_mean.clone(), running_var.clone(), weight, bias, training: true, Momentum, Epsilon);
    }
}

/// <summary>Mean and unbiased variance [width] of a batch that passed a norm.</summary>
readonly record struct BatchStatistics(HeadNorm Norm, Tensor Mean, Tensor Variance)
{
    /// <summary>Takes them into the norm's running statistics.</summary>
    public void Track() => Norm.Track(Mean, Variance);
}
