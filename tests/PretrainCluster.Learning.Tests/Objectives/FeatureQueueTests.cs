using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class FeatureQueueTests
{
    [Fact]
    public void Rows_OfANewQueue_AreDirectionsThatTheSeedDecides()
    {
        using var scope = NewDisposeScope();
        using var queue = new FeatureQueue(50, 4, seed: 1);
        using var same = new FeatureQueue(50, 4, seed: 1);
        using var other = new FeatureQueue(50, 4, seed: 2);

        Close.Equal([.. Enumerable.Repeat(1f, 50)], Close.Floats(queue.Rows.norm(1)), 1e-6);
        Assert.Equal(Close.Floats(queue.Rows), Close.Floats(same.Rows));
        Assert.NotEqual(Close.Floats(queue.Rows), Close.Floats(other.Rows));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(25)]
    public void Enqueue_BatchesOfAnySize_ReplaceTheOldestInOrder(int batch)
    {
        using var scope = NewDisposeScope();
        using var queue = new FeatureQueue(7, 1, seed: 1);
        var expected = Close.Floats(queue.Rows);
        var (next, written) = (0, 0f);
        for (var step = 0; step < 9; step++)
        {
            var rows = Enumerable.Range(0, batch).Select(_ => ++written).ToArray();
            foreach (var row in rows)
            {
                expected[next] = row;
                next = (next + 1) % expected.Length;
            }

            queue.Enqueue(tensor(rows, [batch, 1]));

            Assert.Equal(expected, Close.Floats(queue.Rows));
            Assert.Equal(next, queue.Buffers.Single(buffer => buffer.Name == "queue_position").Value.item<long>());
        }
    }
}
