using PretrainCluster.Core.Summation;
using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Optimizers;
using PretrainCluster.Skeletons.Views;

namespace PretrainCluster.Learning.Evaluation.Heads;

/// <summary>
/// Trains a model on labelled clips and predicts the test side. Gradients of micro-batches are added along the summation tree, so that what comes out does not
/// depend on the number of lanes; each epoch's remainder is left out.
/// </summary>
/// <param name="MicroBatch">clips of a micro-batch; the last one of a batch may have fewer</param>
/// <param name="LargestNorm">of the gradient; 0 leaves it as it is</param>
/// <param name="TracksFirst">whether running statistics are those of each step's first micro-batch, or of all of them in their order</param>
sealed record LabelledRun(int Epochs, int Batch, int MicroBatch, LearningRateSchedule Schedule, double LargestNorm, bool TracksFirst = false)
{
    const int PredictedAtATime = 8;

    /// <param name="train">clips to learn from</param>
    /// <param name="stage">what progress is told as</param>
    /// <returns>the test side's predictions after the last epoch</returns>
    public int[] Run(LabelledModel model, Optimizer optimizer, ViewMaker views, ClipSide train, ClipSide test, long seed, string stage, EvaluationInput input, CancellationToken cancellation)
    {
        var steps = train.Samples.Length / Batch;
        var microBatches = (Batch + MicroBatch - 1) / MicroBatch;
        var sums = new TreeAccumulator(microBatches, model.GradientLength, totals: 1);
        var statistics = new float[microBatches][];
        var order = Enumerable.Range(0, train.Samples.Length).ToArray();

        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            input.Progress?.Invoke(new(stage, epoch, Epochs));
            var random = EvaluationStream.Order.Random(seed, (ulong)epoch);
            random.Shuffle(order.AsSpan());
            for (var step = 0; step < steps; step++)
            {
                var (first, now) = (step * Batch, epoch);
                input.Lanes.Run(microBatches, micro =>
                {
                    var rows = order.AsSpan(first + micro * MicroBatch, Math.Min(MicroBatch, Batch - micro * MicroBatch));
                    var samples = new float[rows.Length * views.Length];
                    var labels = new long[rows.Length];
                    for (var i = 0; i < rows.Length; i++)
                    {
                        var sample = train.Samples[rows[i]];
                        views.MakeTraining(sample, EvaluationStream.Views.Random(seed, (ulong)now, (ulong)sample), samples.AsSpan(i * views.Length, views.Length));
                        labels[i] = train.Labels[rows[i]];
                    }
                    var sum = sums.Rent();
                    statistics[micro] = model.Gradient(samples, labels, EvaluationStream.Dropout.Random(seed, (ulong)(now * (long)steps + first / Batch), (ulong)micro), sum);
                    sums.Add(micro, sum);
                }, cancellation);
                Step(model, optimizer, sums, Schedule.At(epoch + (double)step / steps), stage);
                model.Track(TracksFirst ? statistics[..1] : statistics);
            }
        }
        return Predict(model, test, views, input, cancellation);
    }

    void Step(LabelledModel model, Optimizer optimizer, TreeAccumulator sums, double learningRate, string stage)
    {
        var sum = sums.TakeRoot();
        if (!double.IsFinite(sum.Totals[0]))
            throw new ArithmeticException($"the loss of {stage} is not a finite number");
        for (var i = 0; i < sum.Values.Length; i++)
            sum.Values[i] /= Batch;
        model.Step(optimizer, sum.Values, LargestNorm, learningRate);
        sums.Return(sum);
    }

    static int[] Predict(LabelledModel model, ClipSide test, ViewMaker views, EvaluationInput input, CancellationToken cancellation)
    {
        var predicted = new int[test.Samples.Length];
        input.Lanes.Run((predicted.Length + PredictedAtATime - 1) / PredictedAtATime, block =>
        {
            var start = block * PredictedAtATime;
            var clips = Math.Min(PredictedAtATime, predicted.Length - start);
            var samples = new float[clips * views.Length];
            for (var i = 0; i < clips; i++)
                views.MakeEvaluation(test.Samples[start + i], samples.AsSpan(i * views.Length, views.Length));
            model.Predict(samples, clips).CopyTo(predicted.AsSpan(start));
        }, cancellation);
        return predicted;
    }
}
