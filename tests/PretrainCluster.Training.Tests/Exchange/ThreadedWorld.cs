using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

/// <summary>The members of a generation as threads of this process, connected over loopback.</summary>
static class ThreadedWorld
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>Runs one function per member, each with its own exchange, to the end. A member that fails breaks the exchange for all.</summary>
    /// <returns>what the members returned, by rank</returns>
    public static T[] Run<T>(int worldSize, Func<IExchange, T> member)
    {
        var results = new T[worldSize];
        var failures = Start(worldSize, (rank, exchange) =>
        {
            try
            {
                results[rank] = member(exchange);
            }
            catch (Exception e)
            {
                exchange.Abort($"rank {rank} failed: {e.Message}");
                throw;
            }
        });
        var first = failures.FirstOrDefault(failure => failure is not (null or ExchangeException)) ?? failures.FirstOrDefault(failure => failure is not null);
        if (first is not null)
            ExceptionDispatchInfo.Throw(first);
        return results;
    }

    public static void Run(int worldSize, Action<IExchange> member) => Run(worldSize, exchange =>
    {
        member(exchange);
        return 0;
    });

    /// <summary>Runs one function per member and returns, by rank, what each failed with.</summary>
    public static Exception?[] Failures(int worldSize, Action<IExchange> member) => Start(worldSize, (_, exchange) => member(exchange));

    static Exception?[] Start(int worldSize, Action<int, IExchange> member)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        var listeners = Enumerable.Range(0, worldSize).Select(_ => new ExchangeListener()).ToArray();
        var endpoints = listeners.Select(listener => listener.Endpoint).ToArray();
        var failures = new Exception?[worldSize];
        var threads = Enumerable.Range(0, worldSize).Select(rank => new Thread(() =>
        {
            try
            {
                using var exchange = MeshExchange.Connect(listeners[rank], 1, rank, endpoints, secret, s_limit);
                member(rank, exchange);
            }
            catch (Exception e)
            {
                failures[rank] = e;
            }
        })
        { IsBackground = true }).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        foreach (var listener in listeners)
            listener.Dispose();
        return failures;
    }
}
