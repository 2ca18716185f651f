namespace PretrainCluster.LibTorch.Tests.Networks;

public sealed class AttentionTests
{
    public static TheoryData<string, int, int, int, int> Shapes()
    {
        var data = new TheoryData<string, int, int, int, int>();
        foreach (var kernels in (string[])["generic", "avx2", "avx512"])
        {
            foreach (var (heads, queries, keys, width) in ((int, int, int, int)[])[(2, 74, 74, 32), (1, 129, 129, 16), (3, 30, 30, 64), (1, 7, 101, 24), (2, 1, 1, 8), (1, 50, 97, 80), (8, 13, 13, 5)])
                data.Add(kernels, heads, queries, keys, width);
        }
        return data;
    }

    [Theory, MemberData(nameof(Shapes))]
    public void Attention_AnyShapeAndKernels_EqualsUnfusedInDoublePrecision(string kernels, int heads, int queries, int keys, int width)
    {
        if (!KernelChoice.Use(kernels))
            return;
        using var restore = new KernelChoice();
        using var scope = NewDisposeScope();
        manual_seed(1);
        Tensor[] inputs = [randn(2, heads, queries, width), randn(2, heads, keys, width), randn(2, heads, keys, width)];
        var seed = randn(2, heads, queries, width);
        var (output, gradients) = Run(inputs, seed, (q, k, v) => nn.functional.scaled_dot_product_attention(q, k, v));
        var (expected, expectedGradients) = Run([.. inputs.Select(x => x.@double())], seed.@double(), Unfused);
        Assert.InRange(Difference(output, expected), 0, 2e-6);
        foreach (var (gradient, reference) in gradients.Zip(expectedGradients))
            Assert.InRange(Difference(gradient, reference), 0, 1e-5);
    }

    [Fact]
    public void SelfAttention_JointProjection_EqualsAttentionOfItsParts()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var qkv = randn(2, 75, 3 * 4 * 32).requires_grad_();
        var joint = nn.functional.self_attention(qkv, 4);
        var parts = qkv.reshape(2, 75, 3, 4, 32).permute(2, 0, 3, 1, 4).unbind(0);
        var separate = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]).transpose(1, 2).reshape(2, 75, 128);
        Assert.Equal(separate.data<float>().ToArray(), joint.data<float>().ToArray());
        var seed = randn(2, 75, 128);
        var expected = autograd.grad([separate], [qkv], [seed])[0];
        Assert.Equal(expected.data<float>().ToArray(), autograd.grad([joint], [qkv], [seed])[0].data<float>().ToArray());
    }

    [Fact]
    public void Attention_ViewsOfAProjection_JoinsHeadsWithoutACopy()
    {
        using var scope = NewDisposeScope();
        var parts = randn(2, 20, 3, 4, 8).permute(2, 0, 3, 1, 4).unbind(0);
        Assert.True(nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2]).transpose(1, 2).is_contiguous());
    }

    [Fact]
    public void Attention_NumericalGradient_Agrees()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var qkv = randn(1, 9, 3 * 2 * 4).requires_grad_();
        var seed = randn(1, 9, 8);
        var gradient = autograd.grad([nn.functional.self_attention(qkv, 2)], [qkv], [seed])[0].data<float>().ToArray();
        const float step = 1e-2f;
        for (var i = 0; i < gradient.Length; i += 7)
        {
            double At(float change)
            {
                using var moved = qkv.detach().clone();
                moved.view(-1)[i] = moved.view(-1)[i] + change;
                return (nn.functional.self_attention(moved, 2) * seed).sum().ToDouble();
            }
            Assert.Equal((At(step) - At(-step)) / (2 * step), gradient[i], 2e-3);
        }
    }

    [Fact]
    public void Attention_LargeLogits_StaysFinite()
    {
        using var scope = NewDisposeScope();
        var x = (randn(1, 1, 40, 16) * 100).requires_grad_();
        var output = nn.functional.scaled_dot_product_attention(x, x, x);
        Assert.True(output.isfinite().all().ToBoolean());
        Assert.True(autograd.grad([output.sum()], [x])[0].isfinite().all().ToBoolean());
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void Attention_NaNInAnInput_ReachesTheOutput(int which)
    {
        using var scope = NewDisposeScope();
        Tensor[] inputs = [randn(1, 1, 40, 16), randn(1, 1, 40, 16), randn(1, 1, 40, 16)];
        inputs[which][0, 0, 5, 3] = tensor(float.NaN);
        Assert.True(nn.functional.scaled_dot_product_attention(inputs[0], inputs[1], inputs[2]).isnan().any().ToBoolean());
    }

    [Fact]
    public void Attention_Twice_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        var qkv = randn(3, 100, 3 * 4 * 32).requires_grad_();
        float[] Once()
        {
            var output = nn.functional.self_attention(qkv, 4);
            return [.. output.data<float>().ToArray(), .. autograd.grad([output.sum()], [qkv])[0].data<float>().ToArray()];
        }
        Assert.Equal(Once(), Once());
    }

    [Fact]
    public void Attention_Bfloat16_ComputesInFloatAndReturnsBfloat16()
    {
        using var scope = NewDisposeScope();
        var qkv = randn(1, 33, 3 * 2 * 16).bfloat16().requires_grad_();
        var output = nn.functional.self_attention(qkv, 2);
        Assert.Equal(bfloat16, output.dtype);
        Assert.InRange(Difference(output, nn.functional.self_attention(qkv.@float(), 2)), 0, 8e-3);
        Assert.Equal(bfloat16, autograd.grad([output.sum()], [qkv])[0].dtype);
    }

    [Fact]
    public void Attention_ShapesThatDoNotFit_NamesThem()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<TorchException>(() => nn.functional.scaled_dot_product_attention(randn(1, 2, 3, 4), randn(1, 2, 3, 5), randn(1, 2, 3, 5)));
        Assert.Contains("[1, 2, 3, 5]", error.Message);
    }

    static Tensor Unfused(Tensor q, Tensor k, Tensor v) => (q.matmul(k.transpose(-2, -1)) / Math.Sqrt(q.size(-1))).softmax(-1).matmul(v);

    static (Tensor Output, IList<Tensor> Gradients) Run(Tensor[] inputs, Tensor seed, Func<Tensor, Tensor, Tensor, Tensor> attend)
    {
        var leaves = Array.ConvertAll(inputs, x => x.detach().requires_grad_());
        var output = attend(leaves[0], leaves[1], leaves[2]);
        return (output, autograd.grad([output], leaves, [seed]));
    }

    // Relative to the largest entry, where that is above 1.
    static double Difference(Tensor actual, Tensor expected) =>
        (actual.@double() - expected.@double()).abs().max().ToDouble() / Math.Max(1, expected.@double().abs().max().ToDouble());
}
