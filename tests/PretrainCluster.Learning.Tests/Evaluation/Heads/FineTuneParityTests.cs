using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation.Heads;
using PretrainCluster.Learning.Tests.Fixtures;
using PretrainCluster.Learning.Weights;
using AdamW = PretrainCluster.Learning.Optimizers.AdamW;

namespace PretrainCluster.Learning.Tests.Evaluation.Heads;

/// <summary>Fine-tuning against the public MAMP: three steps of two replicas with layer decay and label smoothing, single precision.</summary>
public sealed class FineTuneParityTests : IDisposable
{
    const float Tolerance = 1e-4f;
    readonly Fixture _fixture = new("fine-tune");

    [Fact]
    public void ThreeSteps_LikeMamp()
    {
        var clip = new ClipShape(_fixture.Int("persons"), _fixture.Int("frames"), _fixture.Int("joints"), Skeletons.Layouts.JointLayouts.Row(_fixture.Int("joints")));
        var plan = new FineTunePlan { Dropout = 0, DropPath = 0, Hidden = _fixture.Int("hidden"), LabelSmoothing = _fixture.Number("label_smoothing"), WeightDecay = _fixture.Number("weight_decay") };
        using var source = new SkeletonTransformer(_fixture.Encoder, clip.Frames, clip.Joints, seed: 5);
        EncoderWeights.Load(source, Fixture.PathOf("fine-tune.weights"));
        using var model = new FineTuneModel(source, plan, clip, CPU, _fixture.Int("classes"), seed: 6);
        using (var file = Artifacts.SafeTensors.SafeTensorsFile.Open(Fixture.PathOf("fine-tune.weights")))
        using (no_grad())
        {
            foreach (var (name, weight) in model.Weights.Where(weight => weight.Name.StartsWith("head.", StringComparison.Ordinal)))
                weight.copy_(tensor(file.Read<float>(name).ToArray(), weight.shape));
        }
        using var optimizer = new AdamW(model.Weights, 0.9, 0.999, plan.WeightDecay, model.Scales(_fixture.Number("layer_decay")));

        var shape = _fixture.Shape("clips");
        var (steps, replicas, batch) = ((int)shape[0], (int)shape[1], (int)shape[2]);
        var (clips, labels, losses) = (_fixture.Floats("clips"), _fixture.Longs("labels"), _fixture.Floats("losses"));
        for (var step = 0; step < steps; step++)
        {
            var (sums, statistics) = (new TreeAccumulator(replicas, model.GradientLength, totals: 1), new float[replicas][]);
            for (var replica = 0; replica < replicas; replica++)
            {
                var (at, sum) = ((step * replicas + replica) * batch, sums.Rent());
                statistics[replica] = model.Gradient(
                    clips[(at * clip.Length)..((at + batch) * clip.Length)], labels[at..(at + batch)], new CounterRandom(1, RandomPurpose.Evaluation), sum);
                sums.Add(replica, sum);
            }
            var root = sums.TakeRoot();
            float[] mean = [.. root.Values.Select(value => value / (replicas * batch))];
            Assert.Equal(losses[step], root.Totals[0] / (replicas * batch), Tolerance);
            if (step == 0)
                Gradients(model, mean);
            model.Step(optimizer, mean, largestNorm: 0, _fixture.Number("learning_rate"));
            model.Track(statistics[..1]);
        }

        // Adam's steps have the length of the learning rate however small a gradient is, so weights are as exact as their steps and not as themselves.
        foreach (var (name, weight) in model.Weights)
            Close(Decided(_fixture.Floats("after." + name), name), Decided(weight.data<float>().ToArray(), name), name, floor: 0.1f);
        var logits = _fixture.Floats("logits");
        var classes = _fixture.Int("classes");
        var predicted = model.Predict(_fixture.Floats("test"), logits.Length / classes);
        Assert.Equal([.. logits.Chunk(classes).Select(row => Array.IndexOf(row, row.Max()))], predicted);
    }

    public void Dispose() => _fixture.Dispose();

    void Gradients(FineTuneModel model, float[] gradient)
    {
        var at = 0;
        foreach (var (name, weight) in model.Weights)
        {
            var length = (int)weight.numel();
            Close(Decided(_fixture.Floats("gradient." + name), name), Decided(gradient[at..(at + length)], name), name, floor: 0);
            at += length;
        }
    }

    // Some gradients are zero but for rounding, of which Adam makes a whole step: of what is added to all keys alike, which changes no attention, and of what
    // is added before a batch norm, which takes it out.
    static float[] Decided(float[] values, string name) => name switch
    {
        "norm.bias" or "head.fc1.bias" => [],
        _ when name.EndsWith("qkv.bias", StringComparison.Ordinal) => [.. values[..(values.Length / 3)], .. values[(values.Length / 3 * 2)..]],
        _ => values,
    };

    static void Close(float[] expected, float[] actual, string name, float floor)
    {
        var tolerance = Tolerance * expected.Aggregate(floor, (largest, value) => Math.Max(largest, Math.Abs(value)));
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{name}[{i}]: {actual[i]} instead of {expected[i]}");
    }
}
