using System.Security.Cryptography;

namespace PretrainCluster.Tensors.Tests;

/// <summary>
/// What operators compute, forward and backward, from the same numbers at different places in memory.
/// </summary>
static class OperatorBits
{
    /// <summary>Places of 4 bytes each, one more than a vector of AVX-512 has.</summary>
    public const int Alignments = 17;

    /// <param name="Name">as it stands in a failure</param>
    /// <param name="Shapes">of its inputs</param>
    /// <param name="Forward">from the inputs to the output</param>
    readonly record struct Operator(string Name, long[][] Shapes, Func<Tensor[], Tensor> Forward);

    static IEnumerable<Operator> All()
    {
        (long, long, long)[] products =
        [
            (3, 5, 7), (1, 257, 1), (1, 64, 333), (17, 31, 13), (300, 12, 256), (37, 256, 768), (33, 1023, 65),
            (75, 1024, 12), (129, 129, 129),
        ];
        foreach (var (m, k, n) in products)
        {
            yield return new($"product {m} x {k} x {n}", [[m, k], [k, n]], x => x[0].matmul(x[1]));
            yield return new($"linear {m} x {k} x {n}", [[m, k], [n, k], [n]],
                x => nn.functional.linear(x[0], x[1], x[2]));
        }
        foreach (var (tokens, width) in new (long, long)[] { (7, 3), (30, 32), (75, 17) })
            yield return new($"batched product {tokens} x {width}", [[6, tokens, width], [6, tokens, width]],
                x => x[0].matmul(x[1].transpose(1, 2)));
        (long, long, long)[] attentions = [(5, 5, 4), (33, 33, 17), (75, 75, 32), (67, 101, 32), (513, 513, 8)];
        foreach (var (tokens, others, width) in attentions)
            yield return new($"attention {tokens} x {others} x {width}",
                [[2, 3, tokens, width], [2, 3, others, width], [2, 3, others, width]],
                x => nn.functional.scaled_dot_product_attention(x[0], x[1], x[2]));
        (long, long, long, long, long)[] convolutions = [(3, 8, 11, 7, 3), (16, 24, 20, 25, 1), (5, 7, 9, 13, 5)];
        foreach (var (channels, made, height, width, kernel) in convolutions)
            yield return new($"convolution {channels} to {made}, {height} x {width}, {kernel}",
                [[3, channels, height, width], [made, channels, kernel, kernel], [made]],
                x => nn.functional.conv2d(x[0], x[1], x[2]));
        yield return new("convolution along time", [[2, 8, 33, 25], [12, 8, 9, 1], [12]],
            x => nn.functional.conv2d(x[0], x[1], x[2], padding: [4, 0]));
        yield return new("convolution of one axis", [[3, 6, 41], [10, 6, 3], [10]],
            x => nn.functional.conv1d(x[0], x[1], x[2]));
        foreach (var width in (long[])[5, 64, 257])
        {
            yield return new($"layer norm {width}", [[19, width], [width], [width]],
                x => nn.functional.layer_norm(x[0], [width], x[1], x[2]));
            yield return new($"softmax {width}", [[19, width]], x => x[0].softmax(-1));
            yield return new($"log softmax {width}", [[19, width]], x => nn.functional.log_softmax(x[0], -1));
            yield return new($"GELU {width}", [[19, width]], x => nn.functional.gelu(x[0]));
            yield return new($"norm {width}", [[19, width]], x => x[0].norm(1));
            yield return new($"mean {width}", [[19, width]], x => x[0].mean([0]));
            yield return new($"batch norm {width}", [[19, width], [width], [width]],
                x => nn.functional.batch_norm(x[0], zeros(width), ones(width), x[1], x[2], training: true));
        }
        yield return new("product with a vector", [[37, 1003], [1003]], x => x[0].mv(x[1]));
        yield return new("scalar product", [[1003], [1003]], x => x[0].dot(x[1]));
        yield return new("batch norm of maps", [[4, 6, 7, 9], [6], [6]],
            x => nn.functional.batch_norm(x[0], zeros(6), ones(6), x[1], x[2], training: true));
        foreach (var (input, hidden) in new (long, long)[] { (5, 7), (75, 64) })
            yield return new($"GRU {input} to {hidden}",
                [[3, 11, input], [3 * hidden, input], [3 * hidden, hidden], [3 * hidden], [3 * hidden]], Recurrent);
    }

    /// <summary>A gated recurrent unit over frames, as <c>BiGru</c> has it.</summary>
    /// <param name="x">[n, frames, inputs]; weights from the input and from the state; their biases</param>
    static Tensor Recurrent(Tensor[] x)
    {
        var inputs = nn.functional.linear(x[0], x[1], x[3]).unbind(1);
        var state = zeros(x[0].shape[0], x[2].shape[1]);
        foreach (var input in inputs)
        {
            var (ofInput, ofState) = (input.chunk(3, 1), nn.functional.linear(state, x[2], x[4]).chunk(3, 1));
            var (reset, update) = ((ofInput[0] + ofState[0]).sigmoid(), (ofInput[1] + ofState[1]).sigmoid());
            var candidate = (ofInput[2] + reset * ofState[2]).tanh();
            state = candidate + update * (state - candidate);
        }
        return state;
    }

    /// <summary>Lines "OPERATOR: DIGEST" of what each gave; as many for an operator as there are different ones.</summary>
    public static IReadOnlyList<string> Lines()
    {
        using var held = Finalizers.Hold();
        var lines = new SortedSet<string>[2];
        // Two at a time, as lanes are.
        Thread[] threads = [.. Enumerable.Range(0, lines.Length).Select(i => new Thread(() => lines[i] = Bits()))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        return [.. lines[0].Union(lines[1])];
    }

    static SortedSet<string> Bits()
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (name, shapes, forward) in All())
            for (var place = 0; place < Alignments; place++)
                lines.Add($"{name}: {Digest(shapes, forward, place)}");
        return lines;
    }

    static string Digest(long[][] shapes, Func<Tensor[], Tensor> forward, int place)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        Tensor[] inputs = [.. shapes.Select(shape => At(place, random, shape).requires_grad_())];
        var output = forward(inputs);
        var gradients = autograd.grad([output], inputs, [At(place, random, output.shape)]);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var value in (Tensor[])[output, .. gradients])
            digest.AppendData(value.detach().contiguous().bytes);
        return Convert.ToHexStringLower(digest.GetHashAndReset())[..16];
    }

    /// <summary>Random numbers that begin so many places behind the begin of a block.</summary>
    static Tensor At(int place, Random random, long[] shape)
    {
        var length = shape.Aggregate(1L, (product, size) => product * size);
        var view = empty(length + Alignments).narrow(0, place, length);
        var numbers = new float[length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)(2 * random.NextDouble() - 1);
        view.copy_(tensor(numbers));
        return view.view(shape).detach();
    }
}
