using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>A step that is done again computes what is missing, and not what is there.</summary>
public sealed class UnfinishedStepTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(0, 1, 0, 1, 0)]
    [InlineData(0, 3, 0, 2, 1)]
    [InlineData(2, 3, 1, 2, 1)]
    [InlineData(1, 3, 0, 2, 3)]
    public void Compute_StepDoneAgain_ComputesOnlyWhatIsMissing(int rank, int worldSize, int nextRank, int nextWorldSize, int computed)
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny);
        var set = new TrainingSet(plan, dataset);
        using var objective = new CountingObjective(ObjectiveFactory.Create(plan.Objective, plan.Encoder, set.Clip.Frames, set.Clip.Joints, 1));
        using var engine = new StepEngine(objective, 1, plan.Training.Batch, set.Clip, lanes: 1, torch.device("cpu"), Precision.Fp32);

        Attempt(step: 0, rank, worldSize);
        objective.Forwards = 0;
        Attempt(step: 0, nextRank, nextWorldSize);
        Assert.Equal(computed, objective.Forwards);

        objective.Forwards = 0;
        Attempt(step: 1, nextRank, nextWorldSize);
        var (start, end) = Shares.Of(nextRank, nextWorldSize, 7);
        Assert.Equal(end - start, objective.Forwards);

        void Attempt(long step, int rank, int worldSize)
        {
            var (start, end) = Shares.Of(rank, worldSize, 7);
            using var loader = set.LoadFrom(step, start, end);
            using var broken = new BrokenExchange(rank, worldSize);
            Assert.Throws<ExchangeException>(() => engine.Compute(loader.Next(), broken));
        }
    }

    [Theory]
    [InlineData(0, 7, 7)]
    [InlineData(2, 7, 5)]
    [InlineData(7, 7, 0)]
    public void Compute_CoupledStepDoneAgain_ComputesAgainWhatHasNoGraph(int graphs, int first, int second)
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, CoupledPlans.SimClr);
        var set = new TrainingSet(plan, dataset);
        using var objective = new CountingEmbeddings((GlobalBatchObjective)ObjectiveFactory.Create(plan.Objective, plan.Encoder, set.Clip, 1));
        using var engine = new StepEngine(objective, 1, plan.Training.Batch, set.Clip, lanes: 2, torch.device("cpu"), Precision.Fp32, graphs);
        using var loader = set.LoadFrom(0);
        var batch = loader.Next();

        using (var broken = new BrokenExchange(0, 1))
            Assert.Throws<ExchangeException>(() => engine.Compute(batch, broken));
        Assert.Equal(first, objective.Embeddings);
        using var exchange = new SoloExchange(generation: 2);
        using var scope = NewDisposeScope();
        engine.Return(engine.Compute(batch, exchange));
        Assert.Equal(first + second, objective.Embeddings);

        // Nothing is left of it for the next one.
        engine.Return(engine.Compute(loader.Next(), exchange));
        Assert.Equal(first + second + 14 - graphs, objective.Embeddings);
    }

    [Fact]
    public void Step_ExchangeBreaksAmongMicroBatches_TheRestIsNotComputed()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny);
        var set = new TrainingSet(plan, dataset);
        using var exchange = new SoloExchange(generation: 1);
        using var objective = new CountingObjective(ObjectiveFactory.Create(plan.Objective, plan.Encoder, set.Clip.Frames, set.Clip.Joints, 1));
        objective.AtForward = forwards =>
        {
            if (forwards == 3)
                exchange.Abort("a peer died");
        };
        using var engine = new StepEngine(objective, 1, plan.Training.Batch, set.Clip, lanes: 1, torch.device("cpu"), Precision.Fp32);
        using var loader = set.LoadFrom(0);
        var batch = loader.Next();

        Assert.Equal("a peer died", Assert.Throws<ExchangeException>(() => engine.Compute(batch, exchange)).Message);
        Assert.Equal(3, objective.Forwards);

        using var next = new SoloExchange(generation: 2);
        using var scope = NewDisposeScope();
        Assert.False(engine.Compute(batch, next).Boundary);
        Assert.Equal(7, objective.Forwards);
    }

    /// <summary>Broken from the first collective on, before anything is taken.</summary>
    sealed class BrokenExchange(int rank, int worldSize) : IExchange
    {
        public long Generation => 1;
        public int Rank => rank;
        public int WorldSize => worldSize;
        public CancellationToken Broken => CancellationToken.None;

        public SumBuffer AllReduce(TreeAccumulator sums) => throw new ExchangeException(0, "broken on purpose");

        public void AllGather(ReadOnlySpan<byte> own, IReadOnlyList<Memory<byte>> byRank) => throw new ExchangeException(0, "broken on purpose");

        public void Transfer(int from, IReadOnlyList<int> to, Memory<byte> data) => throw new ExchangeException(0, "broken on purpose");

        public void Abort(string reason)
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Another objective, and how often its forward pass ran.</summary>
    sealed class CountingObjective(Objective inner) : Objective(nameof(CountingObjective), inner.Encoder)
    {
        public int Forwards { get; set; }
        public Action<int>? AtForward { get; set; }
        public override IReadOnlyList<(string Name, Parameter Parameter)> Weights => inner.Weights;

        public override LossSum Forward(Tensor clips, CounterRandom random)
        {
            Forwards++;
            AtForward?.Invoke(Forwards);
            return inner.Forward(clips, random);
        }

        protected override void Dispose(bool disposing) => inner.Dispose();
    }

    /// <summary>SimCLR or the like, and how often it embedded a micro-batch.</summary>
    sealed class CountingEmbeddings(GlobalBatchObjective inner) : GlobalBatchObjective(nameof(CountingEmbeddings), inner.Encoder)
    {
        int _embeddings;

        public int Embeddings => _embeddings;
        public override int Views => inner.Views;
        public override int EmbeddingWidth => inner.EmbeddingWidth;
        public override IReadOnlyList<(string Name, Parameter Parameter)> Head => inner.Head;
        public override IReadOnlyList<(string Name, Parameter Parameter)> Weights => inner.Weights;

        public override Tensor Embed(Tensor clips, CounterRandom random, ICollection<Tensor>? statistics = null)
        {
            Interlocked.Increment(ref _embeddings);
            return inner.Embed(clips, random, statistics);
        }

        public override GlobalLoss Loss(Tensor embeddings) => inner.Loss(embeddings);

        protected override void Dispose(bool disposing) => inner.Dispose();
    }
}
