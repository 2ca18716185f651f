using PretrainCluster.Core.Summation;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;
using PretrainCluster.Training.Tests.Exchange;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>A step whose exchange broke has changed nothing, and ends as if nothing had happened when it is done again.</summary>
public sealed class BrokenExchangeTests : IDisposable
{
    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("seed=1", CoupledPlans.Dropping, 1)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.Dropping, 2)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.Dropping, 2)]
    [InlineData(CoupledPlans.MaskedFeatures, CoupledPlans.Dropping, 2)]
    [InlineData(CoupledPlans.Moco, CoupledPlans.StGcn, 2)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.StGcn, 2)]
    public void Step_ExchangeBreaksInAnyPhase_StateIsUntouchedAndTheStepCanBeRedone(string objective, string encoder, int collectives)
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, objective, encoder);
        var expected = CoupledPlans.TrainedAlone(plan, dataset, steps: 5);

        var set = new TrainingSet(plan, dataset);
        using var trainer = new Trainer(plan, set.Clip, lanes: 2, torch.device("cpu"));
        using var loader = set.LoadFrom(0);
        for (var step = 0; step < 5; step++)
        {
            var batch = loader.Next();
            var before = CoupledPlans.Digest(trainer);
            for (var phase = 0; phase < collectives; phase++)
            {
                using var breaking = new BreakingExchange(phase);
                Assert.Throws<ExchangeException>(() => trainer.Step(batch, set.Order.Epochs(step), breaking));
                Assert.Equal(before, CoupledPlans.Digest(trainer));
            }
            using var good = new BreakingExchange(phase: collectives);
            Assert.True(trainer.Step(batch, set.Order.Epochs(step), good).Applied);
            Assert.NotEqual(before, CoupledPlans.Digest(trainer));
            loader.Return(batch);
        }
        Assert.Equal(expected, CoupledPlans.Digest(trainer));
    }

    [Theory]
    [MemberData(nameof(CoupledPlans.EveryObjective), MemberType = typeof(CoupledPlans))]
    [InlineData(CoupledPlans.Moco, CoupledPlans.StGcn)]
    [InlineData(CoupledPlans.Nnclr, CoupledPlans.StGcn)]
    public void Step_OneOfThreeMembersLeaves_TheOthersEndWithTheBitsOfOne(string objective, string encoder)
    {
        const int LeavesAt = 4;
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny, objective, encoder);
        var expected = CoupledPlans.TrainedAlone(plan, dataset, steps: 8);

        var set = new TrainingSet(plan, dataset);
        var trainers = Enumerable.Range(0, 3).Select(_ => new Trainer(plan, set.Clip, lanes: 1, torch.device("cpu"))).ToArray();
        var reached = new int[3];
        var failures = ThreadedWorld.Failures(3, exchange => Train(set, trainers[exchange.Rank], exchange, 0, exchange.Rank == 1 ? LeavesAt : 8, ref reached[exchange.Rank]));

        Assert.Null(failures[1]);
        Assert.All([failures[0], failures[2]], failure => Assert.IsType<ExchangeException>(failure));
        Assert.Equal([LeavesAt, LeavesAt, LeavesAt], reached);
        var members = new[] { trainers[0], trainers[2] };
        ThreadedWorld.Run(2, exchange => Train(set, members[exchange.Rank], exchange, LeavesAt, 8, ref reached[exchange.Rank]));

        Assert.All(members, member => Assert.Equal(expected, CoupledPlans.Digest(member)));
        foreach (var trainer in trainers)
            trainer.Dispose();
    }

    [Fact]
    public void Step_BatchOfAnotherShare_IsRefused()
    {
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var plan = CoupledPlans.Of(_tiny);
        var set = new TrainingSet(plan, dataset);
        using var trainer = new Trainer(plan, set.Clip, lanes: 1, torch.device("cpu"));
        using var loader = set.LoadFrom(0, 2, 4);
        using var exchange = new SoloExchange(generation: 1);

        Assert.Contains("micro-batches 0 to 6", Assert.Throws<ArgumentException>(() => trainer.Step(loader.Next(), 0, exchange)).Message);
    }

    static void Train(TrainingSet set, Trainer trainer, IExchange exchange, long first, long end, ref int reached)
    {
        var (start, stop) = Shares.Of(exchange.Rank, exchange.WorldSize, set.Order.MicroBatches);
        using var loader = set.LoadFrom(first, start, stop);
        for (var step = first; step < end; step++)
        {
            var batch = loader.Next();
            Assert.True(trainer.Step(batch, set.Order.Epochs(step), exchange).Applied);
            loader.Return(batch);
            reached = (int)step + 1;
        }
    }

    /// <summary>Breaks in one of a step's collectives, after it has taken what it was given.</summary>
    sealed class BreakingExchange(int phase) : IExchange
    {
        readonly SoloExchange _inner = new(generation: 1);
        int _calls;

        public long Generation => 1;
        public int Rank => 0;
        public int WorldSize => 1;
        public CancellationToken Broken => CancellationToken.None;

        public SumBuffer AllReduce(TreeAccumulator sums)
        {
            var root = _inner.AllReduce(sums);
            if (_calls++ != phase)
                return root;
            sums.Return(root);
            throw new ExchangeException(0, "broken on purpose");
        }

        public void AllGather(ReadOnlySpan<byte> own, IReadOnlyList<Memory<byte>> byRank)
        {
            if (_calls++ == phase)
                throw new ExchangeException(0, "broken on purpose");
            _inner.AllGather(own, byRank);
        }

        public void Transfer(int from, IReadOnlyList<int> to, Memory<byte> data) => throw new NotSupportedException();

        public void Abort(string reason) => _inner.Abort(reason);

        public void Dispose() => _inner.Dispose();
    }
}
