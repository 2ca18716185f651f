using System.Security.Cryptography;
using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

/// <summary>Connected members that a test handles one by one.</summary>
sealed class Members : IDisposable
{
    static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    readonly List<ExchangeListener> _listeners = [];

    /// <param name="endpoint">what the members are told of a member's endpoint</param>
    public Members(int worldSize, ExchangeListenerOptions? options = null, Func<int, string, string>? endpoint = null)
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        _listeners.AddRange(Enumerable.Range(0, worldSize).Select(_ => new ExchangeListener(options)));
        var endpoints = _listeners.Select((listener, rank) => endpoint?.Invoke(rank, listener.Endpoint) ?? listener.Endpoint).ToArray();
        Exchanges = Parallel(worldSize, rank => MeshExchange.Connect(_listeners[rank], 1, rank, endpoints, secret, s_limit));
    }

    public IExchange[] Exchanges { get; }

    public IExchange this[int rank] => Exchanges[rank];

    /// <summary>What each of some members fails with; a failure of another kind fails the test.</summary>
    public ExchangeException[] Failures(IEnumerable<int> ranks, Action<IExchange> operation)
    {
        var all = ranks.ToArray();
        return Parallel(all.Length, i => Assert.Throws<ExchangeException>(() => operation(Exchanges[all[i]])));
    }

    public void Dispose()
    {
        foreach (var exchange in Exchanges)
            exchange.Dispose();
        _listeners.ForEach(listener => listener.Dispose());
    }

    public static T[] Parallel<T>(int count, Func<int, T> work)
    {
        var tasks = Enumerable.Range(0, count).Select(i => Task.Factory.StartNew(() => work(i), TaskCreationOptions.LongRunning)).ToArray();
        Task.WaitAll(tasks);
        return [.. tasks.Select(task => task.Result)];
    }
}
