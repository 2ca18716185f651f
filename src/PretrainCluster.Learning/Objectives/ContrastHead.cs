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
        Weights = [.. named_parameters().Select(weight => (prefix + weight.name, weight.parameter))];
        Buffers = [.. named_buffers().Select(buffer => (prefix + buffer.name, buffer.buffer))];
        Initialization.Fill(Weights, seed);
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Weights { get; }
    public IReadOnlyList<(string Name, Tensor Value)> Buffers { get; }

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
