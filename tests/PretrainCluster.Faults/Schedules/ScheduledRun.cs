using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PretrainCluster.Artifacts.Files;
using PretrainCluster.Azurite;
using PretrainCluster.Training.Faults;
using PretrainCluster.Training.Runs;

namespace PretrainCluster.Faults.Schedules;

/// <summary>What came of a schedule.</summary>
/// <param name="Weights">SHA-256 of the final weights; null where the run did not finish</param>
/// <param name="Struck">the faults that found their moment</param>
/// <param name="Redone">steps that were computed more than once</param>
/// <param name="Defects">what is wrong; empty where all is well</param>
public sealed record ScheduleOutcome(string? Weights, IReadOnlyList<ScheduledFault> Struck, long Redone, TimeSpan Time, IReadOnlyList<string> Defects);

/// <summary>
/// A whole training by the real command under a schedule of faults: real processes, real signals, a real Azurite. Whenever the command ends before the run
/// has, it is given again, as a user would.
/// </summary>
public sealed partial class ScheduledRun(string folder, IReadOnlyList<string> planArguments, IReadOnlyList<ScheduledFault> faults, bool inAzurite, int seed) : IDisposable
{
    const string Name = "scheduled";
    const int Continue = 18, SigKill = 9, MostCommands = 30;

    static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10), s_limit = TimeSpan.FromMinutes(10);
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(0.5), s_freeze = TimeSpan.FromSeconds(4), s_outage = TimeSpan.FromSeconds(1.5);

    // Short enough that a schedule takes seconds, in the order that plans ask for.
    static readonly string[] s_limits =
    [
        "recovery.heartbeat=0.2", "recovery.silence=2.5", "recovery.connect=8", "recovery.stall=10", "recovery.coordinator_absence=12",
        "recovery.backoff=0.05", "recovery.backoff_max=1", "recovery.retries=50", "evaluation.protocols=[]",
    ];

    readonly List<ScheduledFault> _struck = [];
    readonly List<(int Process, long At)> _stopped = [];
    readonly HashSet<int> _claimed = [];
    readonly List<string> _defects = [];
    readonly List<long> _killedAt = [];
    readonly Queue<ScheduledFault> _outside = new(faults.Where(fault => !fault.StrikesWorker));
    readonly ScheduledFault[] _inside = [.. faults.Where(fault => fault.StrikesWorker)];
    AzuriteServer? _azurite;
    FaultProxy? _proxy;
    PretrainProcess? _host;
    bool _mounted;
    int _commands;
    CancellationToken _cancellation;

    /// <summary>Steps of the whole run, once it has begun.</summary>
    public long Steps => Run.ReadInfo().Steps;

    string Claims => Path.Combine(folder, "claims");
    string Runs => Path.Combine(folder, "runs");
    RunFolder Run => RunFolder.At(Runs, Name);

    public async Task<ScheduleOutcome> ExecuteAsync(CancellationToken cancellation = default)
    {
        _cancellation = cancellation;
        Directory.CreateDirectory(Claims);
        Directory.CreateDirectory(Runs);
        if (faults.Any(fault => fault.Kind == ScheduledKind.FullDisk))
            Mount();
        if (inAzurite)
        {
            _azurite = await AzuriteServer.StartAsync();
            _proxy = new FaultProxy(_azurite.Port, seed);
        }
        var watch = Stopwatch.StartNew();
        Start();
        while (true)
        {
            if (_host!.HasExited)
            {
                if (Run.Exists && Run.ReadInfo().Status == RunStatus.Finished)
                    break;
                if (_commands == MostCommands)
                {
                    _defects.Add($"not finished after {_commands} commands; the last one printed: {LastError(_host.Output)}");
                    break;
                }
                Start();
            }
            if (watch.Elapsed > s_limit)
            {
                _defects.Add($"not finished within {s_limit.TotalMinutes} minutes, at step {Run.LastStep()}");
                KillEverything();
                break;
            }
            LookAtClaims();
            if (_outside.TryPeek(out var next) && Run.LastStep() >= next.Step)
                await StrikeAsync(_outside.Dequeue());
            await Task.Delay(s_look, _cancellation);
        }
        Inspect();
        var info = Run.Exists ? Run.ReadInfo() : null;
        return new ScheduleOutcome(info?.WeightsSha256, _struck, Redone(), watch.Elapsed, _defects);
    }

    public void Dispose()
    {
        KillEverything();
        _host?.Dispose();
        _proxy?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _azurite?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_mounted)
            Shell("umount", Runs);
    }

    /// <summary>A disk of its own can be mounted here, to be filled.</summary>
    public static bool CanMount()
    {
        var probe = Directory.CreateTempSubdirectory("pretrain-mount-").FullName;
        try
        {
            return Shell("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe) == 0 && Shell("umount", probe) == 0;
        }
        finally
        {
            Directory.Delete(probe);
        }
    }

    void Start()
    {
        _host?.Dispose();
        _commands++;
        var environment = new Dictionary<string, string>
        {
            [FaultPoint.Variable] = string.Join(';', _inside.Select(fault => $"{fault.Phase}@{fault.Step}={(fault.Kind == ScheduledKind.Kill ? "kill" : "stop")}")),
            [FaultPoint.FolderVariable] = Claims,
        };
        List<string> settings = [$"name={Name}", .. s_limits];
        if (_proxy is not null)
        {
            environment["AZURE_STORAGE_CONNECTION_STRING"] = AzuriteServer.ConnectionStringThrough(_proxy.Port);
            settings.Add($"checkpoints.store={AzuriteServer.Location("faults", "store")}");
        }
        _host = PretrainProcess.Start(folder, ["run", .. planArguments, .. settings.SelectMany(setting => new[] { "--set", setting })], environment);
    }

    async Task StrikeAsync(ScheduledFault fault)
    {
        _struck.Add(fault);
        switch (fault.Kind)
        {
            case ScheduledKind.Join:
                Scale(3);
                break;
            case ScheduledKind.Leave:
                Scale(1);
                break;
            case ScheduledKind.TornBlob:
                KillEverything();
                Damage(file => file.SetLength(file.Length / 2));
                break;
            case ScheduledKind.FlippedBit:
                KillEverything();
                Damage(FlipBit);
                break;
            case ScheduledKind.FullDisk:
                await FillDiskAsync();
                break;
            case ScheduledKind.CoordinatorBack:
                _host!.Kill();
                _host.Wait(s_limit);
                await Task.Delay(s_pause, _cancellation);
                break;
            case ScheduledKind.CoordinatorLate:
                _host!.Kill();
                _host.Wait(s_limit);
                await WorkersGoneAsync();
                break;
            case ScheduledKind.SlowStore:
                _proxy!.Rates = new Dictionary<FaultKind, double> { [FaultKind.Delay] = 0.5, [FaultKind.Busy] = 0.1, [FaultKind.CutAnswer] = 0.05, [FaultKind.LoseAnswer] = 0.05, [FaultKind.CutRequest] = 0.05 };
                await Task.Delay(2 * s_outage, _cancellation);
                _proxy.Rates = new Dictionary<FaultKind, double>();
                break;
            case ScheduledKind.RefusingStore:
                _proxy!.IsAway = true;
                await Task.Delay(s_outage, _cancellation);
                _proxy.IsAway = false;
                break;
            case ScheduledKind.RestartedStore:
                await _azurite!.KillBehindAsync(_proxy!);
                await _azurite.RestartAsync();
                _proxy!.IsAway = false;
                break;
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Sees which workers were struck, and wakes those that were stopped when it is time.</summary>
    void LookAtClaims()
    {
        for (var i = 0; i < _inside.Length; i++)
        {
            var claim = Path.Combine(Claims, $"{i}.claim");
            if (_claimed.Contains(i) || !File.Exists(claim) || File.ReadAllText(claim).Split(' ') is not { Length: 3 } words)
                continue;
            _claimed.Add(i);
            _struck.Add(_inside[i]);
            if (_inside[i].Kind != ScheduledKind.Kill)
            {
                var wait = _inside[i].Kind == ScheduledKind.Pause ? s_pause : s_freeze;
                _stopped.Add((int.Parse(words[0], CultureInfo.InvariantCulture), Stopwatch.GetTimestamp() + (long)(wait.TotalSeconds * Stopwatch.Frequency)));
            }
        }
        foreach (var (process, at) in _stopped.Where(stopped => stopped.At <= Stopwatch.GetTimestamp()).ToList())
        {
            SendSignal(process, Continue);
            _stopped.RemoveAll(stopped => stopped.Process == process);
        }
    }

    // The run may have ended, or be between two commands: then there is nobody to tell, which is no defect.
    void Scale(int workers)
    {
        using var command = PretrainProcess.Start(folder, ["scale", Name, "--workers", $"{workers}"]);
        command.Wait(s_limit);
    }

    void Damage(Action<FileStream> harm)
    {
        var blobs = Directory.EnumerateFiles(Run.StoreFolder, "*", SearchOption.AllDirectories).Select(path => new FileInfo(path))
            .Where(file => file.Length > 4096 && !AtomicFile.IsTemporary(file.Name)).OrderByDescending(file => file.LastWriteTimeUtc).ToList();
        if (blobs.Count == 0)
            return;
        using var file = blobs[0].Open(FileMode.Open, FileAccess.ReadWrite);
        harm(file);
    }

    static void FlipBit(FileStream file)
    {
        file.Position = file.Length / 2;
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ 1));
    }

    async Task FillDiskAsync()
    {
        var filler = Path.Combine(Runs, "filler");
        try
        {
            using var file = File.Create(filler);
            var block = new byte[1 << 20];
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Now it is full.
        }
        await Task.Delay(s_outage, _cancellation);
        File.Delete(filler);
    }

    async Task WorkersGoneAsync()
    {
        for (var watch = Stopwatch.StartNew(); Processes().Count > 0; await Task.Delay(s_look, _cancellation))
        {
            // One that is stopped meanwhile ends once it is woken.
            LookAtClaims();
            if (watch.Elapsed <= 5 * TimeSpan.FromSeconds(12))
                continue;
            _defects.Add("workers outlived the coordinator's absence");
            KillEverything();
        }
    }

    void KillEverything()
    {
        var before = Run.LastStep();
        if (_host is { HasExited: false })
        {
            _host.Kill();
            _host.Wait(s_limit);
        }
        for (var processes = Processes(); processes.Count > 0; processes = Processes())
        {
            foreach (var process in processes)
                SendSignal(process, SigKill);
            Thread.Sleep(s_look);
        }
        _killedAt.Add(before);
    }

    /// <summary>Steps in flight that a regroup began again, and those since the checkpoint that the run was read back from once nobody was left.</summary>
    long Redone()
    {
        if (!Run.Exists)
            return 0;
        var generations = Run.ReadGenerations();
        return generations.Sum(generation => generation.Redone)
            + _killedAt.Zip(generations.Skip(1).Where(generation => generation.Restored is not null), (killed, again) => Math.Max(0, killed - again.Step)).Sum();
    }

    void Inspect()
    {
        if (!Run.Exists)
            return;
        var steps = Run.ReadInfo().Steps;
        if (!Run.ReadMetrics().HasEachOnce(steps))
            _defects.Add($"the record does not have each of the {steps} steps once");
        for (var watch = Stopwatch.StartNew(); Processes().Count > 0 && watch.Elapsed < TimeSpan.FromSeconds(10); Thread.Sleep(s_look))
        {
        }
        if (Processes() is { Count: > 0 } left)
            _defects.Add($"processes left behind: {string.Join(", ", left)}");
        if (Directory.EnumerateFiles(Runs, "*", SearchOption.AllDirectories).Where(AtomicFile.IsTemporary).ToList() is { Count: > 0 } temporary)
            _defects.Add($"temporary files left behind: {string.Join(", ", temporary.Select(path => Path.GetRelativePath(Runs, path)))}");
    }

    /// <summary>Worker processes of this run, by the folder on their command line.</summary>
    List<int> Processes() =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
            .Where(process => process != Environment.ProcessId && process != _host?.Id && CommandLine(process).Contains(Run.Path, StringComparison.Ordinal))];

    static string LastError(string output) =>
        output.Split('\n').LastOrDefault(line => line.StartsWith("error:", StringComparison.Ordinal)) ?? output.Trim().Split('\n')[^1];

    static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }

    void Mount()
    {
        if (Shell("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", Runs) != 0)
            throw new InvalidOperationException("a small disk could not be mounted");
        _mounted = true;
    }

    static int Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
