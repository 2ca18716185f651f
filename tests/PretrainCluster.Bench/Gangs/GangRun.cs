using System.Diagnostics;
using PretrainCluster.Cli.Cluster;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Hosting.Hosts;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Evaluation;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Skeletons.Synthesis;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Bench.Gangs;

/// <summary>Something that a run said of itself, and when it was heard.</summary>
/// <param name="At">of <see cref="Stopwatch"/></param>
/// <param name="What">a <see cref="StepMetrics"/>, <see cref="RunEvent"/> or <see cref="RunStatusView"/></param>
readonly record struct Heard(long At, object What);

/// <summary>A run on this machine with real worker processes, watched from outside: the host is the one that `pretrain run` is.</summary>
sealed class GangRun : IRunObserver, IDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    readonly string _root;
    readonly LocalHost _host;
    readonly Thread _thread;
    readonly CancellationTokenSource _stop = new();
    readonly List<Heard> _heard = [];
    Exception? _failure;

    GangRun(string root, Plan plan)
    {
        _root = root;
        _host = LocalHost.Open(plan, Path.Combine(root, "runs"), WorkerCommand.Program, this, TimeProvider.System);
        _thread = new Thread(Train) { Name = "host" };
        _thread.Start();
    }

    /// <summary>Starts the plan's model on synthesized clips, without end.</summary>
    /// <param name="settings">further ones, as after --set</param>
    public static GangRun Start(string plan, int workers, int microBatches, int clips, params string[] settings)
    {
        var root = Directory.CreateTempSubdirectory("pretrain-bench-").FullName;
        var data = Path.Combine(root, "data");
        new SkeletonSynthesizer(new SynthesisOptions { Clips = 240 }).WriteTo(data, new DatasetWriterOptions());
        string[] shape;
        using (var dataset = SkeletonDataset.Open(data))
            shape = [$"data.shape.clips={dataset.Split("xsub").Train.Count}", $"data.shape.persons={dataset.Persons}", $"data.shape.joints={dataset.Joints}"];
        return new GangRun(root, PlanText.Read(plan, Methods.BuiltIn,
        [
            "name=bench", $"data.dataset={data}", "data.split=xsub", .. shape, "training.epochs=100000",
            $"training.batch.clips={clips}", $"training.batch.micro_batches={microBatches}", "checkpoints.every_steps=1000000",
            $"workers.max={workers}", "workers.threads=1", "evaluation.protocols=[]", .. settings,
        ]));
    }

    /// <summary>Starts a plan as it is.</summary>
    public static GangRun Start(Plan plan) => new(Directory.CreateTempSubdirectory("pretrain-bench-").FullName, plan);

    /// <summary>Waits for something said after <paramref name="from"/>.</summary>
    /// <returns>it, and the place after it</returns>
    public (Heard Found, int Next) Await(int from, Func<object, bool> condition, TimeSpan? patience = null)
    {
        var limit = Stopwatch.GetTimestamp() + (long)((patience ?? s_patience).TotalSeconds * Stopwatch.Frequency);
        lock (_heard)
        {
            for (var i = from; ; i++)
            {
                while (i >= _heard.Count)
                {
                    if (_failure is not null)
                        throw new InvalidOperationException($"the run failed: {_failure.Message}", _failure);
                    if (Stopwatch.GetTimestamp() > limit)
                        throw new TimeoutException("the run did not say what the measurement waits for");
                    Monitor.Wait(_heard, 1000);
                }
                if (condition(_heard[i].What))
                    return (_heard[i], i + 1);
            }
        }
    }

    public int Now
    {
        get
        {
            lock (_heard)
                return _heard.Count;
        }
    }

    /// <summary>Waits until so many members train in one generation, and says who they are.</summary>
    public IReadOnlyList<WorkerStatusView> AwaitTraining(int workers) =>
        ((RunStatusView)Await(Now, said => said is RunStatusView { State: "training" } view && view.Workers.Count(worker => worker.Rank >= 0) == workers && view.Workers.Count == workers).Found.What).Workers;

    /// <summary>Waits for the run's own end.</summary>
    /// <returns>the digest of its weights</returns>
    public string Finish()
    {
        _thread.Join();
        if (_failure is { } failure)
            throw new InvalidOperationException($"the run failed: {failure.Message}", failure);
        return _host.Folder.ReadInfo().WeightsSha256
            ?? throw new InvalidOperationException("the run ended without weights");
    }

    /// <summary>Ends the run; its records are complete afterwards.</summary>
    public void Stop()
    {
        _stop.Cancel();
        _thread.Join();
    }

    /// <summary>Of all workers that joined a run under way, seconds from their first word until their first generation began, and from there until its members were level.</summary>
    public IReadOnlyList<(double Waited, double Formed)> JoinDelays()
    {
        var generations = Generations();
        return [.. _host.Folder.ReadWorkers()
            .Select(worker => (worker.Joined, First: generations.FirstOrDefault(generation => generation.Formed is not null && generation.Workers.Contains(worker.Worker))))
            .Where(worker => worker.First is { Generation: > 1 })
            .Select(worker => ((worker.First!.Begun - worker.Joined).TotalSeconds, (worker.First.Formed!.Value - worker.First.Begun).TotalSeconds))];
    }

    public IReadOnlyList<GenerationRecord> Generations() => _host.Folder.ReadGenerations();
    public IReadOnlyList<StepMetrics> Metrics() => _host.Folder.ReadMetrics();

    public void Stage(string name, RunInfo? run)
    {
    }

    public void Step(StepMetrics metrics, RunInfo run) => Say(metrics);

    public void Event(RunEvent runEvent) => Say(runEvent);

    public void Evaluated(EvaluationResult result)
    {
    }

    public void Status(RunStatusView status) => Say(status);

    public void Dispose()
    {
        Stop();
        _host.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    void Train()
    {
        try
        {
            _host.Train(_stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
        catch (Exception failure)
        {
            lock (_heard)
            {
                _failure = failure;
                Monitor.PulseAll(_heard);
            }
        }
    }

    void Say(object what)
    {
        var at = Stopwatch.GetTimestamp();
        lock (_heard)
        {
            _heard.Add(new Heard(at, what));
            Monitor.PulseAll(_heard);
        }
    }
}
