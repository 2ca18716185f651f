using System.CommandLine;
using PretrainCluster.Learning.Encoders;

namespace PretrainCluster.Bench;

/// <summary>`bench attention`: the engine's attention against the same computation from libtorch's operators, forward and backward.</summary>
static class AttentionBench
{
    static readonly (long Tokens, long Heads, long Width)[] Shapes =
        [(30, 8, 32), (74, 8, 32), (750, 8, 16), (750, 8, 32), (750, 4, 64), (1500, 8, 32)];

    public static Command Command()
    {
        var seconds = new Option<double>("--seconds") { Description = "time for each figure", DefaultValueFactory = _ => 0.5 };
        var batch = new Option<long>("--batch") { Description = "sequences", DefaultValueFactory = _ => 4 };
        var command = new Command("attention", "Fused against unfused attention, one thread, milliseconds forward and backward") { seconds, batch };
        command.SetAction(parse =>
        {
            var output = parse.InvocationConfiguration.Output;
            output.WriteLine(torch.Fingerprint);
            output.WriteLine("tokens heads width |  forward: unfused   fused  times  GFLOP/s | backward: unfused   fused  times  GFLOP/s");
            foreach (var shape in Shapes)
                Measure(output, shape, parse.GetValue(batch), parse.GetValue(seconds));
        });
        return command;
    }

    static void Measure(TextWriter output, (long Tokens, long Heads, long Width) shape, long batch, double seconds)
    {
        using var scope = NewDisposeScope();
        var (tokens, heads, width) = shape;
        var qkv = randn([batch, tokens, 3 * heads * width]).requires_grad_();
        var seed = randn([batch, tokens, heads * width]);

        Tensor Unfused()
        {
            var parts = qkv.reshape(batch, tokens, 3, heads, width).permute(2, 0, 3, 1, 4).unbind(0);
            var map = (parts[0].matmul(parts[1].transpose(-2, -1)) * (1 / Math.Sqrt(width))).softmax(-1);
            return map.matmul(parts[2]).transpose(1, 2).reshape(batch, tokens, heads * width);
        }

        (double Forward, double Backward) Times(Func<Tensor> attend)
        {
            var forward = Timing.Median(seconds, () =>
            {
                using var inner = NewDisposeScope();
                using var _ = no_grad();
                attend();
            });
            using var kept = NewDisposeScope();
            var result = attend();
            var backward = Timing.Median(seconds, () =>
            {
                using var inner = NewDisposeScope();
                autograd.grad([result], [qkv], [seed], retain_graph: true);
            });
            return (forward, backward);
        }

        var (slow, fast) = (Times(Unfused), Times(() => Attention.FusedSelf(qkv, (int)heads)));
        var operations = 4.0 * batch * heads * tokens * tokens * width;
        output.WriteLine($"{tokens,6} {heads,5} {width,5} | {slow.Forward * 1e3,17:0.000} {fast.Forward * 1e3,7:0.000} {slow.Forward / fast.Forward,6:0.0} {operations / fast.Forward / 1e9,8:0.0} "
            + $"| {slow.Backward * 1e3,17:0.000} {fast.Backward * 1e3,7:0.000} {slow.Backward / fast.Backward,6:0.0} {2.5 * operations / fast.Backward / 1e9,8:0.0}");
    }
}
