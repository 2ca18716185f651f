using PretrainCluster.Artifacts.Stores;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Hosting.Ledgers;

namespace PretrainCluster.Hosting.Tests.Ledgers;

public sealed class StoreLedgerTests : IDisposable
{
    static readonly DateTimeOffset s_at = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    readonly string _folder = Directory.CreateTempSubdirectory("pretrain-tests-").FullName;
    readonly DirectoryStore _store;
    readonly StoreLedger _ledger;

    public StoreLedgerTests()
    {
        _store = DirectoryStore.Open(_folder);
        _ledger = new StoreLedger(_store, TimeProvider.System);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Read_WhatWasAppended_ByNumber()
    {
        Assert.Empty(await _ledger.ReadAsync());
        for (var n = 1; n <= 12; n++)
            await _ledger.AppendAsync(new TargetScaled(n, s_at, "demo", n));

        var entries = await new StoreLedger(_store, TimeProvider.System).ReadAsync();
        Assert.Equal(Enumerable.Range(1, 12).Select(n => new TargetScaled(n, s_at, "demo", n)), entries);
    }

    [Fact]
    public async Task Append_NumberOfAnotherCoordinator_IsSuperseded()
    {
        await _ledger.AppendAsync(new CoordinatorStarted(1, s_at));
        await Assert.ThrowsAsync<LedgerSupersededException>(() => _ledger.AppendAsync(new CoordinatorStarted(1, s_at.AddSeconds(1))));
        Assert.Equal([new CoordinatorStarted(1, s_at)], await _ledger.ReadAsync());
    }

    [Fact]
    public async Task Append_StoreThatWroteAndThenFailed_EqualBytesAreSuccess()
    {
        var ledger = new StoreLedger(new FailingStore(_store, failures: 2, afterWriting: true), TimeProvider.System);
        await ledger.AppendAsync(new CoordinatorStarted(1, s_at));
        Assert.Single(await _ledger.ReadAsync());
    }

    [Fact]
    public async Task Append_StoreThatComesBack_IsAskedAgain()
    {
        var ledger = new StoreLedger(new FailingStore(_store, failures: 3, afterWriting: false), TimeProvider.System);
        await ledger.AppendAsync(new CoordinatorStarted(1, s_at));
        Assert.Single(await _ledger.ReadAsync());
    }

    [Fact]
    public async Task Read_EntryMissingOrDamaged_IsNamed()
    {
        for (var n = 1; n <= 3; n++)
            await _ledger.AppendAsync(new CoordinatorStarted(n, s_at));
        await File.WriteAllTextAsync(_store.PathOf("ledger/0000000002.json"), "{}");
        Assert.Contains("0000000002", (await Assert.ThrowsAsync<InvalidDataException>(() => _ledger.ReadAsync())).Message);

        File.Delete(_store.PathOf("ledger/0000000002.json"));
        Assert.Contains("0000000002", (await Assert.ThrowsAsync<InvalidDataException>(() => _ledger.ReadAsync())).Message);
    }

    [Fact]
    public async Task Append_TwoCoordinatorsAtOnce_OneWinsEveryNumber()
    {
        var winners = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await new StoreLedger(DirectoryStore.Open(_folder), TimeProvider.System).AppendAsync(new CoordinatorStarted(1, s_at.AddTicks(i)));
                return 1;
            }
            catch (LedgerSupersededException)
            {
                return 0;
            }
        }));
        Assert.Equal(1, winners.Sum());
    }

    sealed class FailingStore(IArtifactStore store, int failures, bool afterWriting) : IArtifactStore
    {
        int _left = failures;

        public async Task<bool> PutIfAbsentAsync(string name, ContentWriter content, CancellationToken cancellation = default)
        {
            if (_left-- <= 0)
                return await store.PutIfAbsentAsync(name, content, cancellation);
            if (afterWriting)
                await store.PutIfAbsentAsync(name, content, cancellation);
            throw new IOException("the store is away");
        }

        public Task<bool> PutIfMatchAsync(string name, string tag, ContentWriter content, CancellationToken cancellation = default) => store.PutIfMatchAsync(name, tag, content, cancellation);

        public Task<int?> GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation = default) => store.GetRangeAsync(name, offset, destination, cancellation);

        public IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellation = default) => store.ListAsync(prefix, cancellation);

        public Task<bool> DeleteAsync(string name, CancellationToken cancellation = default) => store.DeleteAsync(name, cancellation);

        public Task<ArtifactInfo?> HeadAsync(string name, CancellationToken cancellation = default) => store.HeadAsync(name, cancellation);
    }
}
