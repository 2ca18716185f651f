using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class HeadNormTests
{
    [Fact]
    public void Forward_AndTrack_AreBatchNorm1d()
    {
        using var scope = NewDisposeScope();
        using var norm = new HeadNorm(5);
        using var reference = nn.BatchNorm1d(5);
        for (var step = 0; step < 3; step++)
        {
            var x = randn(8, 5) * 2 + 1;
            var statistics = new List<BatchStatistics>();

            var y = norm.Forward(x, statistics);
            var expected = reference.forward(x);
            statistics.Single().Track();

            Close.Equal(Close.Floats(expected), Close.Floats(y), 1e-6);
            var state = norm.named_buffers().ToDictionary(buffer => buffer.name, buffer => buffer.buffer);
            Close.Equal(Close.Floats(reference.running_mean!), Close.Floats(state["running_mean"]), 1e-6);
            Close.Equal(Close.Floats(reference.running_var!), Close.Floats(state["running_var"]), 1e-6);
            Assert.Equal(step + 1, state["num_batches_tracked"].item<long>());
        }

        norm.eval();
        reference.eval();
        var last = randn(4, 5);
        Close.Equal(Close.Floats(reference.forward(last)), Close.Floats(norm.Forward(last, [])), 1e-6);
    }
}
