using PretrainCluster.Core.Sampling;
using PretrainCluster.Learning.Evaluation.Embedding;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Lanes;

namespace PretrainCluster.Learning.Tests.Evaluation.Embedding;

public sealed class StudentNeighboursTests
{
    [Fact]
    public void Map_Ring_StaysARing()
    {
        const int Clips = 80;
        var values = new float[Clips * 5];
        var random = new CounterRandom(4, RandomPurpose.Synthesis);
        for (var i = 0; i < Clips; i++)
        {
            for (var j = 0; j < 5; j++)
                values[i * 5 + j] = (float)(0.01 * random.NextGaussian());
            values[i * 5 + 1] += (float)Math.Cos(2 * Math.PI * i / Clips);
            values[i * 5 + 3] += (float)Math.Sin(2 * Math.PI * i / Clips);
        }
        using var lanes = new LanePool(1);
        var points = StudentNeighbours.Map(new FeatureSet(values, 5, new int[Clips]), 10, lanes, default);
        var steps = Enumerable.Range(0, Clips).Select(i => Distance(points[i], points[(i + 1) % Clips])).ToArray();
        var across = Enumerable.Range(0, Clips / 2).Select(i => Distance(points[i], points[i + Clips / 2])).Average();
        Assert.True(steps.Average() * 8 < across, $"neighbours are {steps.Average()} apart, opposite points {across}");
    }

    static double Distance(double[] a, double[] b) => Math.Sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
}
