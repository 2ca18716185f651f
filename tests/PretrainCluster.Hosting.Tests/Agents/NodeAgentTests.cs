using System.Globalization;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Codecs;
using PretrainCluster.Hosting.Links;

namespace PretrainCluster.Hosting.Tests.Agents;

/// <summary>The agent with shell scripts in the place of workers; the test speaks for them on the link.</summary>
public sealed class NodeAgentTests : IDisposable
{
    const string Plan = """
        name: demo
        data: {dataset: data/demo, split: xsub}
        view: {frames: 16}
        encoder: {width: 16, depth: 1, heads: 2}
        objective: {kind: masked_coordinates}
        training: {epochs: 1, batch: {clips: 4}}
        """;

    readonly string _folder = Directory.CreateTempSubdirectory("pretrain-tests-").FullName;
    readonly List<Message> _said = [];
    readonly List<NodeAgent> _agents = [];

    public void Dispose()
    {
        foreach (var agent in _agents)
            agent.KillAll("the test is over");
        Patience.Until(() => RunningWorkers().All(pid => ProcessFacts.Read(pid) is null));
        foreach (var agent in _agents)
            agent.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("exit 0", 0, "ended")]
    [InlineData("echo first; echo 'the disk is full' >&2; exit 3", 3, "ended with code 3: the disk is full")]
    [InlineData("kill -9 $$", -9, "killed (signal 9)")]
    [InlineData("kill -11 $$", -11, "crashed (signal 11, segmentation fault)")]
    public void StartWorker_ProcessEnds_SaysHowInOneLine(string script, int code, string reason)
    {
        var agent = Agent(script);
        agent.Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        Assert.Equal(new WorkerExited("w1", code, reason), Next<WorkerExited>());
        Patience.Until(() => !File.Exists(In("workers", "w1.json")) && !File.Exists(In("workers", "w1.yaml")));
    }

    [Fact]
    public void StartWorker_TellsItsPlanItsSlotAndTheLink()
    {
        var agent = Agent("echo \"$*\"; env | grep THREADS; cat \"$ {12}\"; exit 1".Replace("$ {12}", "${12}", StringComparison.Ordinal));
        agent.Carry(new StartWorker("w1", "demo", "cpu:1", Plan));
        Next<WorkerExited>();
        var log = File.ReadAllText(In("workers", "w1.log"));
        Assert.Contains(AgentAddress.Of(_folder).Socket, log);
        Assert.Contains("--slot cpu:1 --device cpu", log);
        Assert.Contains("OMP_NUM_THREADS=1", log);
        Assert.Contains("MKL_NUM_THREADS=1", log);
        Assert.Contains("masked_coordinates", log);
    }

    [Fact]
    public void KillWorker_ThatIgnoresEverything_IsGoneWithTheReason()
    {
        var agent = Agent("trap '' TERM INT; while true; do sleep 1; done");
        agent.Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        agent.Carry(new KillWorker("w1", "silent for 5 s"));
        Assert.Equal(new WorkerExited("w1", -9, "silent for 5 s"), Next<WorkerExited>());
    }

    [Fact]
    public void KillWorker_ThatIsStopped_IsGoneAllTheSame()
    {
        var agent = Agent("kill -STOP $$; sleep 600");
        agent.Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        agent.Carry(new KillWorker("w1", "silent"));
        Assert.Equal(-9, Next<WorkerExited>().ExitCode);
    }

    [Fact]
    public void Worker_BeyondItsMemory_IsEndedAndTheReasonSaysHowMuch()
    {
        var agent = Agent("exec python3 -c 'import time; b = bytearray(200 << 20); time.sleep(600)'");
        agent.Carry(new StartWorker("w1", "demo", "cpu:0", Plan + "\nworkers: {memory_mib: 64}\n"));
        var exited = Next<WorkerExited>();
        Assert.Equal(-9, exited.ExitCode);
        Assert.Contains("workers.memory_mib allows 64", exited.Reason);
    }

    [Fact]
    public void Link_BetweenWorkerAndCoordinator_BothWays()
    {
        var agent = Agent("exec sleep 600");
        agent.Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        using var link = Link("w1");
        var ready = new WorkerReady("w1", "demo", Environment.ProcessId, "127.0.0.1:1", "cpu", -1, 0);
        link.Send(ready);
        Assert.Equal(ready, Next<WorkerReady>());

        agent.Forward(new StopAtBoundary("w1", 3));
        Patience.Until(() => link.Orders.TryPeek(out _));
        Assert.True(link.Orders.TryRead(out var order));
        Assert.Equal(new StopAtBoundary("w1", 3), order);

        agent.Announce();
        Patience.Until(() => Said<NodeAnnounced>().Any(a => a.Workers is [{ Worker: "w1", Slot: "cpu:0", Ready: not null }]));
    }

    [Fact]
    public void Link_OfAWorkerThatWasNeverStarted_IsShutAndCountsAsNone()
    {
        Agent("exec sleep 600");
        using var link = Link("stranger");
        link.Send(new WorkerReady("stranger", "demo", 1, "127.0.0.1:1", "cpu", -1, 0));
        // Otherwise it would live for ever: its absence from any coordinator is what ends it.
        Patience.Until(() => link.AbsentFor > TimeSpan.FromSeconds(1.5));
        Assert.Empty(Said<WorkerReady>());
    }

    [Fact]
    public void StartWorker_ThatCannotBeRecorded_LeavesNoProcess()
    {
        var mark = $"sleep 60{Random.Shared.Next(10_000, 99_999)}";
        Directory.CreateDirectory(In("workers", "w1.json"));
        Agent($"exec {mark}").Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        Assert.Equal(1, Next<WorkerExited>().ExitCode);
        Patience.Until(() => !Directory.EnumerateDirectories("/proc").Any(process => CommandLine(process).Contains(mark.Replace(' ', '\0'), StringComparison.Ordinal)));

        static string CommandLine(string process)
        {
            try
            {
                return File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return "";
            }
        }
    }

    [Fact]
    public void Start_AfterAnAgentThatDied_AdoptsItsWorkersAndSeesTheirEnds()
    {
        var first = Agent("exec sleep 600");
        first.Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        first.Carry(new StartWorker("w2", "demo", "cpu:1", Plan));
        var processes = RunningWorkers();
        first.Dispose();
        Assert.All(processes, pid => Assert.NotNull(ProcessFacts.Read(pid)));
        lock (_said)
            _said.Clear();

        var second = Agent("exec sleep 600");
        Assert.Equal(["w1", "w2"], Next<NodeAnnounced>().Workers.Select(w => w.Worker));
        using var link = Link("w1");
        link.Send(new AtBoundary("w1", 1, 1));
        Next<AtBoundary>();
        second.Carry(new KillWorker("w2", "silent"));
        Assert.Equal("silent", Next<WorkerExited>().Reason);
        Patience.Until(() => ProcessFacts.Read(processes[1]) is null);
    }

    [Fact]
    public void IntroduceNode_ForAnotherCoordinator_IsToldEverythingAgainAndInOrder()
    {
        var agent = Agent("exec sleep 600");
        agent.Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        using var link = Link("w1");
        var ready = new WorkerReady("w1", "demo", Environment.ProcessId, "127.0.0.1:1", "cpu", 0, 1);
        link.Reconnected += () => link.Send(ready with { Step = 3 });
        link.Send(ready);
        for (var step = 1; step <= 3; step++)
            link.Send(new StepsApplied("w1", 1, [new AppliedStep(step, 1, 1, 1, 1, 1)]));
        Patience.Until(() => Said<StepsApplied>().Count == 3);
        lock (_said)
            _said.Clear();

        agent.Carry(new IntroduceNode());
        Patience.Until(() => Said<StepsApplied>().Sum(said => said.Steps.Count) == 3);
        lock (_said)
        {
            Assert.Null(Assert.Single(Assert.IsType<NodeAnnounced>(_said[0]).Workers).Ready);
            Assert.Equal(3, Assert.IsType<WorkerReady>(_said[1]).Step);
            Assert.Equal([1, 2, 3], _said[2..].Cast<StepsApplied>().SelectMany(said => said.Steps).Select(step => step.Step));
        }
    }

    [Fact]
    public void Isolate_LeavesTheWorkersToThemselvesUntilACoordinatorIsBack()
    {
        var agent = Agent("exec sleep 600");
        agent.Carry(new StartWorker("w1", "demo", "cpu:0", Plan));
        using var link = Link("w1");
        Patience.Until(() => link.Connected);

        agent.Isolate();
        Patience.Until(() => link.AbsentFor > TimeSpan.FromSeconds(1));
        Assert.Single(RunningWorkers());

        agent.Carry(new IntroduceNode());
        Patience.Until(() => link.Connected);
        link.Send(new AtBoundary("w1", 1, 1));
        Next<AtBoundary>();
    }

    [Fact]
    public void Start_RecordOfAProcessWhoseIdIsSomebodyElsesNow_IsForgotten()
    {
        Directory.CreateDirectory(In("workers"));
        File.WriteAllText(In("workers", "w9.json"), $$"""{"run":"demo","slot":"cpu:0","process_id":{{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}},"started":1,"memory_mib":0}""");
        File.WriteAllText(In("workers", "w8.json"), "{");
        Agent("exit 0");
        Assert.Empty(Next<NodeAnnounced>().Workers);
        Assert.False(Directory.Exists(In("workers")));
    }

    [Fact]
    public void Files_LookedAtAfterTheLastWorkersEnd_LeaveNoFolder()
    {
        var files = new WorkerFiles(_folder);
        files.WritePlan("w1", Plan);
        files.Forget("w1");
        files.Bound("w1");
        Assert.Equal("", files.LastLine("w1"));
        files.Forget("w1");
        Assert.False(Directory.Exists(In("workers")));
    }

    [Fact]
    public void StartWorker_OnASlotThatIsNotThere_EndsAtOnce()
    {
        Agent("exit 0").Carry(new StartWorker("w1", "demo", "cpu:7", Plan));
        Assert.Contains("cpu:7", Next<WorkerExited>().Reason);
    }

    [Theory]
    [InlineData("cpu", "cpu:0", "cpu:1")]
    [InlineData("cuda:1", "cuda:1", "cuda:2")]
    [InlineData("cuda", "cuda:0", "cuda:1")]
    public void SlotsFor_PlansWorkers_OneEach(string device, params string[] slots) =>
        Assert.Equal(slots, NodeOptions.SlotsFor(new Core.Plans.WorkersPlan { Max = 2, Device = device }).Select(s => s.Slot));

    NodeAgent Agent(string script)
    {
        var options = new NodeOptions
        {
            Node = "local",
            Folder = _folder,
            RunFolder = _ => _folder,
            Slots = [new DeviceSlot("cpu:0", "cpu", ""), new DeviceSlot("cpu:1", "cpu", "")],
            Program = new WorkerProgram("/bin/sh", ["-c", script, "worker"]),
        };
        var agent = new NodeAgent(options, new NoEvaluations(), message =>
        {
            lock (_said)
                _said.Add(message);
        }, (_, _, reply) => reply(new Accepted("")));
        _agents.Add(agent);
        agent.Start([_folder]);
        return agent;
    }

    ControlLink Link(string worker)
    {
        var link = new ControlLink(
            AgentAddress.Of(_folder),
            new Greeting(MessageKinds.Protocol, LinkRole.Worker, "", worker, "demo", "cpu:0", Environment.ProcessId),
            TimeProvider.System);
        link.Start();
        return link;
    }

    T Next<T>() where T : Message
    {
        Patience.Until(() => Said<T>().Count > 0, typeof(T).Name);
        return Said<T>()[0];
    }

    List<T> Said<T>()
    {
        lock (_said)
            return [.. _said.OfType<T>()];
    }

    List<int> RunningWorkers() => [.. new WorkerFiles(_folder).Processes().Select(p => p.Record.ProcessId)];

    string In(params string[] path) => Path.Combine([_folder, .. path]);

    sealed class NoEvaluations : IEvaluations
    {
        public IReadOnlyList<RunningEvaluation> Running => [];

        public void Start(StartEvaluation order, Action<EvaluationEnded> ended) => ended(new EvaluationEnded(order.Evaluation, true, ""));

        public void Stop(StopEvaluation order)
        {
        }
    }
}
