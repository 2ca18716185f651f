using System.Text;

namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// Initial weights as published for MAMP: Xavier-uniform for linear layers, 0 for biases, 1 for norms, normal(0, .02) for embeddings and the mask token,
/// and a convolution's default for the patch embedding. Each tensor has a stream of its own, named by the seed and the tensor's public name,
/// so that an encoder's initial weights are the same on every engine and under every objective.
/// </summary>
public static class Initialization
{
    const double EmbeddingDeviation = 0.02;
    const double EmbeddingLimit = 2;

    public static void Fill(NamedWeights weights, ulong seed)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in weights)
        {
            var random = new CounterRandom(seed, RandomPurpose.Initialization, NameKey(name));
            var values = new float[parameter.numel()];
            if (name is "joints_embed.proj.weight" or "joints_embed.proj.bias")
                Uniform(values, 1 / Math.Sqrt(PatchValues(weights)), ref random);
            else if (parameter.shape.Length > 2)
                Normal(values, ref random);
            else if (parameter.shape.Length == 2)
                Uniform(values, Math.Sqrt(6.0 / (parameter.shape[0] + parameter.shape[1])), ref random);
            else if (!name.EndsWith(".bias", StringComparison.Ordinal))
                Array.Fill(values, 1f);
            parameter.copy_(tensor(values, parameter.shape));
        }
    }

    /// <summary>One number of a weight that is drawn.</summary>
    public delegate double Draw(ref CounterRandom random);

    public static Draw Constant(double value) => (ref _) => value;
    public static Draw Normal(double mean, double deviation) => (ref random) => mean + deviation * random.NextGaussian();
    public static Draw Uniform(double bound) => (ref random) => random.NextDouble(-bound, bound);

    /// <summary>The same streams with an encoder's own published distributions.</summary>
    public static void Fill(NamedWeights weights, ulong seed, Func<string, Tensor, Draw> distribution)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in weights)
        {
            var random = new CounterRandom(seed, RandomPurpose.Initialization, NameKey(name));
            var draw = distribution(name, parameter);
            var values = new float[parameter.numel()];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)draw(ref random);
            parameter.copy_(tensor(values, parameter.shape));
        }
    }

    /// <summary>Standard normal numbers, from a stream named as a weight's is.</summary>
    public static Tensor Gaussian(string name, long[] shape, ulong seed)
    {
        var random = new CounterRandom(seed, RandomPurpose.Initialization, NameKey(name));
        var values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)random.NextGaussian();
        return tensor(values, shape);
    }

    static void Uniform(float[] values, double bound, ref CounterRandom random)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)random.NextDouble(-bound, bound);
    }

    static void Normal(float[] values, ref CounterRandom random)
    {
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)Math.Clamp(random.NextGaussian() * EmbeddingDeviation, -EmbeddingLimit, EmbeddingLimit);
    }

    static long PatchValues(NamedWeights weights)
    {
        var shape = weights.Single(weight => weight.Name == "joints_embed.proj.weight").Parameter.shape;
        return shape[1] * shape[2] * shape[3];
    }

    /// <summary>FNV-1a of the name: fixed for ever, unlike string.GetHashCode.</summary>
    static ulong NameKey(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 1099511628211UL;
        return hash;
    }

    /// <summary>All weights of a module and of those in it, under the names that they are registered by.</summary>
    public static NamedWeights Named(this nn.Module module, string prefix = "") =>
        [.. module.named_parameters().Select(weight => (prefix + weight.name, weight.parameter))];
}
