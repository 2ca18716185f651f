namespace PretrainCluster.Learning.Objectives;

/// <summary>
/// The projection head of DINO (Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", ICCV 2021): three linear layers with GELU between them, a
/// direction, and its cosine with each prototype. Names are those of the public code, whose last layer is weight-normalised with its length held at 1.
/// </summary>
sealed class PrototypeHead : nn.Module
{
    const double Deviation = 0.02;

    readonly NumberedLayers mlp;
    readonly Prototypes last_layer;
    readonly Linear[] _layers;

    public PrototypeHead(long width, long hidden, long bottleneck, long prototypes, ulong seed) : base(nameof(PrototypeHead))
    {
        _layers = [nn.Linear(width, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, bottleneck)];
        mlp = new NumberedLayers([.. _layers.Select((layer, i) => (2 * i, (nn.Module)layer))]);
        last_layer = new Prototypes(prototypes, bottleneck);
        RegisterComponents();
        Weights = this.Named("head.");
        Initialization.Fill(Weights, seed, (name, weight) =>
            weight.shape.Length == 1 ? Initialization.Constant(0)
            : name == "head.last_layer.weight_v" ? Initialization.Uniform(1 / Math.Sqrt(bottleneck))
            : Initialization.Normal(0, Deviation));
    }

    public NamedWeights Weights { get; }

    /// <param name="x">[n, width]</param>
    /// <returns>[n, bottleneck], each of length 1</returns>
    public Tensor Directions(Tensor x)
    {
        for (var i = 0; i < _layers.Length; i++)
            x = _layers[i].forward(i == 0 ? x : nn.functional.gelu(x));
        return Direction.Of(x);
    }

    /// <param name="directions">[n, bottleneck]; their mean has the mean of their logits, as the last layer is linear</param>
    /// <returns>[n, prototypes]</returns>
    public Tensor Logits(Tensor directions) => directions.matmul(Direction.Of(last_layer.weight_v).t());

    sealed class Prototypes : nn.Module
    {
        public readonly Parameter weight_v;

        public Prototypes(long prototypes, long width) : base(nameof(Prototypes))
        {
            weight_v = new Parameter(zeros(prototypes, width));
            RegisterComponents();
        }
    }
}
