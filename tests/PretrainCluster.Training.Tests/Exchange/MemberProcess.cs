using System.Diagnostics;
using PretrainCluster.Core.Summation;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

/// <summary>A member in a process of its own that adds up without end. It can be killed, stopped, or told to abort.</summary>
sealed class MemberProcess : IDisposable
{
    readonly Process _process;

    public MemberProcess()
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [typeof(MemberProcess).Assembly.Location]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Endpoint = Hear();
    }

    public string Endpoint { get; }

    public void Tell(string line) => _process.StandardInput.WriteLine(line);

    public string Hear() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The member's process ended.");

    public void Kill() => _process.Kill();

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Says its endpoint; reads "RANK SECRET ENDPOINT,ENDPOINT..."; says "adding" after the first sums and, in the end, "RANK-AT-FAULT REASON".</summary>
    public static void Serve(TextReader input, TextWriter output)
    {
        using var listener = new ExchangeListener();
        output.WriteLine(listener.Endpoint);
        var start = input.ReadLine()!.Split(' ');
        var endpoints = start[2].Split(',');
        using var exchange = MeshExchange.Connect(listener, 1, int.Parse(start[0]), endpoints, Convert.FromHexString(start[1]), TimeSpan.FromSeconds(60));
        new Thread(() =>
        {
            while (input.ReadLine() is { } reason)
                exchange.Abort(reason);
        })
        { IsBackground = true }.Start();
        var sums = new TreeAccumulator(endpoints.Length, 500_000, 1);
        try
        {
            for (var step = 0; ; step++)
            {
                sums.Add(exchange.Rank, sums.Rent());
                sums.Return(exchange.AllReduce(sums));
                if (step == 3)
                    output.WriteLine("adding");
            }
        }
        catch (ExchangeException e)
        {
            output.WriteLine($"{e.Rank} {e.Message}");
        }
    }
}
