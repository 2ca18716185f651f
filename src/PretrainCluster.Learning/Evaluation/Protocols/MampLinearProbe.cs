using PretrainCluster.Learning.Evaluation.Features;
using PretrainCluster.Learning.Evaluation.Heads;

namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// The linear probe of MAMP (Mao et al., ICCV 2023) as its public main_linprobe.py runs it with the settings of its configurations, and the figure it reports:
/// the best test accuracy over the epochs. That figure is chosen on the test side; the last epoch's stands beside it.
/// </summary>
/// <remarks>
/// Two replicas, as its two GPUs: each normalises by its own batch, gradients are averaged, and the running statistics
/// are the first replica's, because DistributedDataParallel broadcasts them. Train views are drawn anew each epoch.
/// </remarks>
public abstract record MampLinearProbe : EvaluationProtocol
{
    const int Epochs = 100, Replicas = 2;
    const double Deviation = 0.01, Epsilon = 1e-6;

    [Kind(
        "linear/mamp-2023", "MAMP's linear probe to the letter; reports the best test epoch, as its authors do "
            + "(chosen on the test side)")]
    public sealed record Ntu : MampLinearProbe
    {
        private protected override (int LargestBatch, double LearningRate) Recipe => (128, 0.1);
    }

    [Kind(
        "linear/mamp-2023/pku-mmd-1", "MAMP's linear probe to the letter, with its settings for PKU-MMD I; reports the best test epoch, as its authors do "
            + "(chosen on the test side)")]
    public sealed record PkuMmd1 : MampLinearProbe
    {
        private protected override (int LargestBatch, double LearningRate) Recipe => (64, 0.1);
    }

    [Kind(
        "linear/mamp-2023/pku-mmd-2", "MAMP's linear probe to the letter, with its settings for PKU-MMD II; reports the best test epoch, as its authors do "
            + "(chosen on the test side)")]
    public sealed record PkuMmd2 : MampLinearProbe
    {
        private protected override (int LargestBatch, double LearningRate) Recipe => (16, 0.01);
    }

    public override int Version => 2;
    public override ProtocolSubject Subject => ProtocolSubject.FrozenEncoder;
    public override bool HasOwnViews => true;

    /// <summary>The batch of a replica where the training side has as many clips, and the learning rate.</summary>
    private protected abstract (int LargestBatch, double LearningRate) Recipe { get; }

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var view = PublishedViews.Mamp(input.Features.View);
        var test = input.Features.TestUnder(view);
        var batch = ReplicaBatch(input.Features.Train.Clips);
        var runs = input.Seeds.Select(seed => Train(input, view, test, batch, seed, cancellation)).ToList();
        return new(
            FormattableString.Invariant($"best test epoch, as its authors report; batch norm without affine part, linear layer, SGD lr {Recipe.LearningRate} momentum {LinearHeads.Momentum}, cosine to 0, {Epochs} epochs, ")
            + $"global batch {Replicas * batch} ({batch} x {Replicas}){(batch < Recipe.LargestBatch ? $", all that the split allows instead of {Replicas * Recipe.LargestBatch}" : "")}; "
            + "train views: random crop [0.5, 1] and rotation, new each epoch; test view: centred crop 0.95",
            BestAndLast.Measure(input.Seeds, test.Labels, runs),
            Accuracy.Confusion(test.Labels, runs[0].Best, input.Classes));
    }

    int ReplicaBatch(int clips)
    {
        var batch = Math.Min(Recipe.LargestBatch, (clips + Replicas - 1) / Replicas);
        return batch >= 2 ? batch : throw new InputException($"Protocol {Name}: the training side has {clips} clips; at least 3 are needed for its batch norm.");
    }

    BestAndLast Train(EvaluationInput input, ViewPlan view, FeatureSet test, int batch, long seed, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var train = input.Features.Train;
        var width = train.Width;
        var weights = EvaluationStream.HeadWeights.Random(seed);
        using var head = new LinearHeads(width, input.Classes, Deviation, weights, Recipe.LearningRate);
        var norm = new ReplicaNorm(width, Epsilon);
        var (tested, labels) = (test.ToTensor(), train.LabelTensor());
        var epochs = new BestAndLast(test.Labels);

        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            using var ofEpoch = NewDisposeScope();
            input.Progress?.Invoke(new($"{Name}, seed {seed}", epoch, Epochs));
            var rows = EpochRows(train.Clips, batch, seed, epoch);
            var steps = rows.Length / (batch * Replicas);
            var values = input.Features.TrainingViews(view, rows, seed, epoch, cancellation);
            var features = frombuffer(values, ScalarType.Float32).view(steps, Replicas, batch, width);
            var targets = labels.index_select(0, tensor(rows, ScalarType.Int64)).view(steps, Replicas * batch);
            for (var step = 0; step < steps; step++)
            {
                using var ofStep = NewDisposeScope();
                // Replicas have batches of one size, so the mean of their gradients is that over all of their clips.
                var factor = CosineDecay.At(epoch + (double)step / steps, Epochs);
                head.Step(norm.Training(features.select(0, step)), targets.select(0, step), factor);
            }
            epochs.Add(head.Predict(norm.Evaluation(tested)));
        }
        return epochs;
    }

    /// <summary>
    /// The epoch's rows in the order in which they are used, [steps, replicas, batch]: PyTorch's DistributedSampler (padded to a multiple of the replicas,
    /// every second clip each) under a loader that drops the last partial batch.
    /// </summary>
    static int[] EpochRows(int clips, int batch, long seed, int epoch)
    {
        var order = Enumerable.Range(0, clips).ToArray();
        var random = EvaluationStream.Order.Random(seed, (ulong)epoch);
        random.Shuffle(order.AsSpan());
        var steps = (clips + Replicas - 1) / Replicas / batch;
        var rows = new int[steps * Replicas * batch];
        for (var at = 0; at < rows.Length; at++)
        {
            var (step, replica, i) = (at / (Replicas * batch), at / batch % Replicas, at % batch);
            rows[at] = order[((step * batch + i) * Replicas + replica) % clips];
        }
        return rows;
    }
}
