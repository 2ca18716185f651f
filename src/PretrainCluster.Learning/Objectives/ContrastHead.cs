using PretrainCluster.Learning.Encoders;

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

    /// <summary>What a head of these widths costs.</summary>
    public static HeadCost Cost(IReadOnlyList<long> widths, HeadEnd end)
    {
        var cost = new HeadCost(0, 0);
        for (var i = 1; i < widths.Count; i++)
        {
            // A bias, and behind it a norm's scale and shift.
            var besides = i < widths.Count - 1 || end == HeadEnd.Normalized ? 3 : end == HeadEnd.Plain ? 1 : 0;
            cost += new HeadCost(widths[i] * (widths[i - 1] + besides), BlockCost.Product(1, widths[i - 1], widths[i]));
        }
        return cost;
    }
}

/// <summary>Numbers in a head's weights, and operations of its forward pass for each row.</summary>
readonly record struct HeadCost(long Parameters, double Flops)
{
    public static HeadCost operator +(HeadCost a, HeadCost b) => new(a.Parameters + b.Parameters, a.Flops + b.Flops);
}
