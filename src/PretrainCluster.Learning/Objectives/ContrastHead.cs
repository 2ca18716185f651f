using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Learning.Objectives;

/// <summary>A multi-layer perceptron on the embeddings of a whole batch: linear layers, each with batch norm and ReLU behind it but the last, which has a norm or nothing.</summary>
sealed class ContrastHead : nn.Module
{
    readonly List<Linear> _layers = [];
    readonly List<HeadNorm> _norms = [];

    /// <param name="prefix">of its tensors' public names</param>
    /// <param name="widths">of the input and of every layer</param>
    /// <param name="normalizeLast">whether the last layer has a batch norm, too</param>
    public ContrastHead(string prefix, IReadOnlyList<long> widths, bool normalizeLast, ulong seed) : base(nameof(ContrastHead))
    {
        for (var i = 1; i < widths.Count; i++)
        {
            _layers.Add(nn.Linear(widths[i - 1], widths[i]));
            register_module($"fc{i}", _layers[^1]);
            if (i == widths.Count - 1 && !normalizeLast)
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
