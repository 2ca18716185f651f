using PretrainCluster.Core.Summation;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Heads;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// The ceiling beside the probes: the same encoder and one linear layer, trained end to end from scratch with the labels of the training side,
/// on the plan's training views, scored on the test side after the last epoch. Nothing is selected.
/// </summary>
public sealed class Supervised : IEvaluationProtocol
{
    const int Epochs = 80, Batch = 16, MicroBatch = 8;
    const double LearningRate = 1e-3, WarmupEpochs = 4, WeightDecay = 0.05, Beta1 = 0.9, Beta2 = 0.999, LargestNorm = 1;

    public string Name => "supervised";
    public int Version => 1;
    public string Summary => "the same encoder trained from scratch with labels; last epoch scored";
    public ProtocolSubject Subject => ProtocolSubject.Architecture;

    public ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var training = input.Labelled ?? throw new InvalidOperationException($"protocol {Name} needs clips, not only features");
        var accuracies = new List<double>();
        int[]? firstPredictions = null;
        foreach (var seed in input.Seeds)
        {
            var predicted = Run(training, input, seed, cancellation);
            firstPredictions ??= predicted;
            accuracies.Add(Accuracy.Percent(training.Clips.Test.Labels, predicted));
        }
        return new(
            $"encoder and linear layer from random weights; AdamW lr {LearningRate:0.###}, weight decay {WeightDecay}, {WarmupEpochs} epochs of warm-up, cosine to 0, {Epochs} epochs, "
            + $"batch {Math.Min(Batch, training.Clips.Train.Samples.Length)}, gradient norm at most {LargestNorm}; the plan's training views; last epoch",
            [Statistics.Summarize("accuracy", input.Seeds, accuracies)],
            Accuracy.Confusion(training.Clips.Test.Labels, firstPredictions!, input.Classes));
    }

    int[] Run(LabelledTraining training, EvaluationInput input, long seed, CancellationToken cancellation)
    {
        var (clips, dataset) = (training.Clips, training.Clips.Dataset);
        var views = new ViewMaker(dataset, training.View);
        using var model = new SupervisedModel(training.Encoder, ClipShape.Of(dataset, training.View.Frames), input.Classes, seed);
        using var optimizer = new Optimizers.AdamW(model.Weights, Beta1, Beta2, WeightDecay);
        var schedule = new LearningRateSchedule(new() { LearningRate = LearningRate, WarmupEpochs = WarmupEpochs }, Epochs);
        var batch = Math.Min(Batch, clips.Train.Samples.Length);
        var steps = clips.Train.Samples.Length / batch;
        var microBatches = (batch + MicroBatch - 1) / MicroBatch;
        var sums = new TreeAccumulator(microBatches, model.GradientLength, totals: 1);
        var statistics = new float[microBatches][];
        var order = Enumerable.Range(0, clips.Train.Samples.Length).ToArray();

        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            input.Progress?.Invoke(new($"{Name}, seed {seed}", epoch, Epochs));
            var random = EvaluationStream.Order.Random(seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            for (var step = 0; step < steps; step++)
            {
                var (first, now) = (step * batch, epoch);
                input.Lanes.Run(microBatches, micro =>
                {
                    var rows = order.AsSpan(first + micro * MicroBatch, Math.Min(MicroBatch, batch - micro * MicroBatch));
                    var samples = new float[rows.Length * views.Length];
                    var labels = new long[rows.Length];
                    for (var i = 0; i < rows.Length; i++)
                    {
                        var sample = clips.Train.Samples[rows[i]];
                        views.MakeTraining(sample, EvaluationStream.Views.Random(seed, (ulong)now, (ulong)sample), samples.AsSpan(i * views.Length, views.Length));
                        labels[i] = clips.Train.Labels[rows[i]];
                    }
                    var sum = sums.Rent();
                    statistics[micro] = model.Gradient(samples, labels, EvaluationStream.Dropout.Random(seed, (ulong)(now * (long)steps + first / batch), (ulong)micro), sum);
                    sums.Add(micro, sum);
                }, cancellation);
                Step(model, optimizer, sums, batch, schedule.At(epoch + (double)step / steps));
                model.Track(statistics);
            }
        }
        return Predict(model, clips.Test, views, input, cancellation);
    }

    static void Step(SupervisedModel model, Optimizer optimizer, TreeAccumulator sums, int clips, double learningRate)
    {
        var sum = sums.TakeRoot();
        if (!double.IsFinite(sum.Totals[0]))
            throw new ArithmeticException("the loss of supervised training is not a finite number");
        for (var i = 0; i < sum.Values.Length; i++)
            sum.Values[i] /= clips;
        using (Finalizers.Hold())
        using (NewDisposeScope())
        {
            var gradients = new List<Tensor>();
            var at = 0L;
            foreach (var (_, weight) in model.Weights)
            {
                gradients.Add(frombuffer(sum.Values, ScalarType.Float32, weight.numel(), at).reshape(weight.shape));
                at += weight.numel();
            }
            GradientNorm.Clip(gradients, LargestNorm);
            optimizer.Step(gradients, learningRate);
        }
        sums.Return(sum);
    }

    static int[] Predict(SupervisedModel model, ClipSide test, ViewMaker views, EvaluationInput input, CancellationToken cancellation)
    {
        var predicted = new int[test.Samples.Length];
        input.Lanes.Run((predicted.Length + MicroBatch - 1) / MicroBatch, block =>
        {
            var start = block * MicroBatch;
            var clips = Math.Min(MicroBatch, predicted.Length - start);
            var samples = new float[clips * views.Length];
            for (var i = 0; i < clips; i++)
                views.MakeEvaluation(test.Samples[start + i], samples.AsSpan(i * views.Length, views.Length));
            model.Predict(samples, clips).CopyTo(predicted.AsSpan(start));
        }, cancellation);
        return predicted;
    }
}
