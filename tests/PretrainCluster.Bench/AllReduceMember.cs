using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Core.Summation;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Bench;

/// <summary>A member of `bench allreduce`, in a process of its own; it understands the lines that peer_allreduce.py does.</summary>
static class AllReduceMember
{
    public const string Name = "allreduce-member";

    public static Command Command()
    {
        var tcp = new Option<bool>("--tcp");
        var command = new Command(Name, "a process that `bench allreduce` starts") { tcp };
        command.Hidden = true;
        command.SetAction(parse => Run(Console.In, Console.Out, parse.GetValue(tcp)));
        return command;
    }

    static void Run(TextReader input, TextWriter output, bool tcp)
    {
        using var listener = new ExchangeListener(tcp ? new() { LocalSocket = false } : new());
        output.WriteLine(listener.Endpoint);
        var meeting = input.ReadLine()!.Split(' ');
        var endpoints = meeting[1].Split(',');
        using var exchange = MeshExchange.Connect(listener, 1, Array.IndexOf(endpoints, listener.Endpoint), endpoints, Convert.FromHexString(meeting[0]), TimeSpan.FromSeconds(30));
        output.WriteLine("ready");
        while (input.ReadLine()?.Split(' ') is [var what, var floats, var count])
        {
            var (length, number) = (int.Parse(floats, CultureInfo.InvariantCulture), int.Parse(count, CultureInfo.InvariantCulture));
            output.WriteLine(what == "time" ? Time(exchange, length, number) : Bits(exchange, length, number));
        }
    }

    static string Time(IExchange exchange, int floats, int rounds)
    {
        var filled = Gradients(floats, exchange.Rank);
        var sums = new TreeAccumulator(exchange.WorldSize, floats, 4);
        var barrier = Enumerable.Range(0, exchange.WorldSize).Select(_ => (Memory<byte>)new byte[1]).ToArray();
        var timings = new Timing[rounds];
        for (var round = 0; round < rounds; round++)
        {
            var buffer = sums.Rent();
            filled.CopyTo(buffer.Values, 0);
            sums.Add(exchange.Rank, buffer);
            exchange.AllGather([0], barrier);
            timings[round] = Timing.Of(() => sums.Return(exchange.AllReduce(sums)));
        }
        return string.Join(' ', timings.Select(timing => string.Create(CultureInfo.InvariantCulture, $"{timing.Wall:R}:{timing.Processor:R}")));
    }

    static string Bits(IExchange exchange, int floats, int microBatches)
    {
        var sums = new TreeAccumulator(microBatches, floats, 0);
        var (start, end) = Shares.Of(exchange.Rank, exchange.WorldSize, microBatches);
        for (var microBatch = start; microBatch < end; microBatch++)
        {
            var buffer = sums.Rent();
            Gradients(floats, microBatch).CopyTo(buffer.Values, 0);
            sums.Add(microBatch, buffer);
        }
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(exchange.AllReduce(sums).Values.AsSpan())));
    }

    static float[] Gradients(int floats, int microBatch)
    {
        var random = new CounterRandom(1, RandomPurpose.Evaluation, (ulong)microBatch);
        var gradients = new float[floats];
        for (var i = 0; i < floats; i++)
            gradients[i] = (float)random.NextGaussian();
        return gradients;
    }
}
