using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Checkpoints;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Gang;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Training.Tests.Gang;

/// <summary>Members of a gang in threads of this process, with the real data plane on loopback; the test is their coordinator.</summary>
sealed class TestGang(Plan plan, string runs) : IDisposable
{
    static readonly byte[] s_secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    readonly Dictionary<string, Worker> _workers = [];
    long _generation;

    public TestLink this[string worker] => _workers[worker].Link;

    public TestGang Start(params string[] workers)
    {
        foreach (var name in workers)
            _workers.Add(name, new Worker(plan, name, runs));
        foreach (var name in workers)
            this[name].Await<WorkerReady>();
        return this;
    }

    /// <summary>Forms the next generation of these workers, by rank.</summary>
    public long Form(params string[] workers)
    {
        _generation++;
        var members = workers.Select(worker => new Member(worker, _workers[worker].Listener.Endpoint)).ToArray();
        foreach (var worker in workers)
            this[worker].Order(new JoinGeneration(worker, _generation, members, s_secret));
        return _generation;
    }

    /// <summary>The worker leaves in the middle of whatever it does.</summary>
    public void Lose(string worker) => this[worker].Order(new EndWorker(worker, Snapshot: false, "lost"));

    public string Weights(params string[] workers) =>
        Assert.Single(workers.Select(worker => this[worker].Await<WorkerEnded>()).Select(ended => { Assert.True(ended.Outcome == WorkerOutcome.Finished, $"{ended.Worker}: {ended.Reason}"); return ended.WeightsSha256!; }).Distinct());

    public void Dispose()
    {
        foreach (var worker in _workers.Values)
            worker.Dispose();
    }

    sealed class Worker : IDisposable
    {
        readonly SkeletonDataset _dataset;
        readonly GangMember _member;
        readonly Thread _thread;

        public Worker(Plan plan, string name, string runs)
        {
            _dataset = SkeletonDataset.Open(plan.Data.Dataset);
            var folder = RunFolder.At(runs, plan.Name);
            Directory.CreateDirectory(folder.Path);
            _member = new GangMember(plan, name, _dataset, new RunCheckpoints(plan, folder, _dataset.Digest), Listener, Link, lanes: 1);
            _thread = new Thread(() => _member.Run()) { IsBackground = true, Name = name };
            _thread.Start();
        }

        public TestLink Link { get; } = new();
        public ExchangeListener Listener { get; } = new();

        public void Dispose()
        {
            Link.Order(new EndWorker("", Snapshot: false, "the test is over"));
            _thread.Join();
            _member.Dispose();
            Listener.Dispose();
            _dataset.Dispose();
        }
    }
}
