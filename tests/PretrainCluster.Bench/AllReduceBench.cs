using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using System.Security.Cryptography;

namespace PretrainCluster.Bench;

/// <summary>`bench allreduce`: the exchange's all-reduce among processes of this machine, beside Gloo's in turns.</summary>
static class AllReduceBench
{
    const int MicroBatches = 12;
    const string Python = "/usr/bin/python3";

    public static Command Command()
    {
        var floats = new Option<int>("--floats") { Description = "length of the vector", DefaultValueFactory = _ => 8_800_000 };
        var workers = new Option<int>("--workers") { Description = "processes, one thread each", DefaultValueFactory = _ => 2 };
        var seconds = new Option<double>("--seconds") { Description = "time to measure, all of it together", DefaultValueFactory = _ => 20 };
        var tcp = new Option<bool>("--tcp") { Description = "over TCP, as between hosts, instead of local sockets; Gloo always is" };
        var command = new Command("allreduce", "Milliseconds of an all-reduce among worker processes, beside Gloo's, and whether world sizes agree to the bit") { floats, workers, seconds, tcp };
        command.SetAction(parse => Run(parse.InvocationConfiguration.Output, parse.GetValue(floats), parse.GetValue(workers), parse.GetValue(seconds), parse.GetValue(tcp)));
        return command;
    }

    static void Run(TextWriter output, int floats, int workers, double seconds, bool tcp)
    {
        if (floats < 1 || workers < 1)
            throw new Core.InputException("--floats and --workers must be at least 1.");
        output.WriteLine($"{floats:N0} floats ({floats * 4e-6:0.0} MB), {workers} processes of one thread each, {Environment.ProcessorCount} cores");
        var missing = Missing();
        if (missing is not null)
            output.WriteLine($"Gloo is not measured: {missing}");

        using (var own = StartOwn(workers, tcp))
        using (var gloo = missing is null ? StartGloo(workers) : null)
        {
            var (ours, theirs) = (new List<Timing>(), new List<Timing>());
            own.Time(floats, 40);
            gloo?.Time(floats, 10);
            var began = Stopwatch.GetTimestamp();
            do
            {
                ours.AddRange(own.Time(floats, 5));
                if (gloo is not null)
                    theirs.AddRange(gloo.Time(floats, 5));
            }
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds);

            output.WriteLine("        median ms   best ms   worst ms   GB/s of the vector   processor ms of all   rounds");
            Print("here", ours);
            if (theirs.Count > 0)
            {
                Print("Gloo", theirs);
                output.WriteLine($"Gloo / here: {Wall(theirs) / Wall(ours):0.00} by medians, {theirs.Min(round => round.Wall) / ours.Min(round => round.Wall):0.00} by best rounds, {Processor(theirs) / Processor(ours):0.00} by processor time");
            }
        }

        var length = Math.Min(floats, 1_000_000);
        output.WriteLine($"SHA-256 of the sum of {MicroBatches} micro-batches of {length:N0} floats, by world size:");
        PrintBits("here", world => StartOwn(world, tcp));
        if (missing is null)
            PrintBits("Gloo", StartGloo);

        void Print(string name, List<Timing> rounds) =>
            output.WriteLine($"{name,-6} {Wall(rounds) * 1e3,10:0.0} {rounds.Min(round => round.Wall) * 1e3,9:0.0} {rounds.Max(round => round.Wall) * 1e3,10:0.0} {floats * 4e-9 / Wall(rounds),20:0.00} {Processor(rounds) * 1e3,21:0.0} {rounds.Count,8}");

        static double Wall(List<Timing> rounds) => Timing.Median(rounds.Select(round => round.Wall));

        static double Processor(List<Timing> rounds) => Timing.Median(rounds.Select(round => round.Processor));

        void PrintBits(string name, Func<int, MemberProcesses> start)
        {
            var digests = new List<string>();
            for (var world = 1; world <= 4; world++)
            {
                using var members = start(world);
                digests.AddRange(members.Bits(length, MicroBatches).Distinct());
            }
            output.WriteLine($"{name,-6} {string.Join("  ", digests.Select(digest => digest[..12]))}  {(digests.Distinct().Count() == 1 ? "equal bits" : "not equal")}");
        }
    }

    static MemberProcesses StartOwn(int workers, bool tcp)
    {
        var members = new MemberProcesses();
        for (var rank = 0; rank < workers; rank++)
            members.Add(Environment.ProcessPath!, [Assembly.GetExecutingAssembly().Location, AllReduceMember.Name, .. tcp ? (string[])["--tcp"] : []]);
        members.Tell($"{Convert.ToHexString(RandomNumberGenerator.GetBytes(32))} {string.Join(',', members.Hear())}");
        members.Hear();
        return members;
    }

    static string? Missing()
    {
        if (!File.Exists(Python))
            return $"there is no {Python}";
        using var probe = Process.Start(new ProcessStartInfo(Python, ["-c", "import torch.distributed as d; exit(0 if d.is_available() else 1)"]) { RedirectStandardError = true })!;
        probe.StandardError.ReadToEnd();
        probe.WaitForExit();
        return probe.ExitCode == 0 ? null : $"{Python} has no torch.distributed; Debian's package is python3-torch";
    }

    static MemberProcesses StartGloo(int workers)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream("peer_allreduce.py")!);
        var script = reader.ReadToEnd();
        var meeting = Path.Combine(Path.GetTempPath(), $"pretrain-gloo-{Guid.NewGuid():N}");
        var members = new MemberProcesses();
        for (var rank = 0; rank < workers; rank++)
            members.Add(Python, "-c", script, $"{rank}", $"{workers}", meeting);
        members.Hear();
        File.Delete(meeting);
        return members;
    }
}
