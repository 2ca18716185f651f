using System.Text;
using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Artifacts.Tests.Stores;

/// <summary>What every store must do; a store's tests derive from it, and carry <see cref="UsesAzuriteAttribute"/> where they need one.</summary>
public abstract class ArtifactStoreConformance
{
    protected abstract IArtifactStore Store { get; }

    [StoreFact]
    public async Task PutIfAbsent_FreeName_IsReadBack()
    {
        Assert.True(await Store.PutIfAbsentAsync("a/b.json", Bytes("hello")));

        Assert.Equal("hello", await TextAsync("a/b.json"));
        Assert.Equal(5, (await Store.HeadAsync("a/b.json"))!.Length);
    }

    [StoreFact]
    public async Task PutIfAbsent_TakenName_ChangesNothing()
    {
        await Store.PutIfAbsentAsync("a", Bytes("first"));

        Assert.False(await Store.PutIfAbsentAsync("a", Bytes("second")));
        Assert.Equal("first", await TextAsync("a"));
    }

    [StoreFact]
    public async Task PutIfAbsent_ManyWritersAtOnce_ExactlyOneWins()
    {
        var won = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(() => Store.PutIfAbsentAsync("a", Bytes($"writer {writer}")))));

        var winner = Array.IndexOf(won, true);
        Assert.Single(won, true);
        Assert.Equal($"writer {winner}", await TextAsync("a"));
    }

    [StoreFact]
    public async Task PutIfMatch_CurrentTag_ReplacesAndAnOlderTagDoesNot()
    {
        await Store.PutIfAbsentAsync("a", Bytes("one"));
        var tag = (await Store.HeadAsync("a"))!.Tag;

        Assert.True(await Store.PutIfMatchAsync("a", tag, Bytes("two")));
        Assert.False(await Store.PutIfMatchAsync("a", tag, Bytes("six")));
        Assert.False(await Store.PutIfMatchAsync("none", tag, Bytes("six")));
        Assert.Equal("two", await TextAsync("a"));
        Assert.Null(await Store.HeadAsync("none"));
    }

    [StoreFact]
    public async Task PutIfMatch_ManyWritersAtOnce_LosesNoUpdate()
    {
        await Store.PutIfAbsentAsync("count", Bytes("0"));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 5;)
            {
                var tag = (await Store.HeadAsync("count"))!.Tag;
                var count = int.Parse(await TextAsync("count"));
                done += await Store.PutIfMatchAsync("count", tag, Bytes($"{count + 1}")) ? 1 : 0;
            }
        })));

        Assert.Equal("20", await TextAsync("count"));
    }

    [StoreFact]
    public async Task Put_WriterThatFails_LeavesNothing()
    {
        Task Fail(Stream stream, CancellationToken cancellation)
        {
            stream.Write("half"u8);
            throw new TimeoutException();
        }

        await Assert.ThrowsAsync<TimeoutException>(() => Store.PutIfAbsentAsync("a", Fail));
        Assert.Null(await Store.HeadAsync("a"));

        await Store.PutIfAbsentAsync("a", Bytes("whole"));
        var tag = (await Store.HeadAsync("a"))!.Tag;
        await Assert.ThrowsAsync<TimeoutException>(() => Store.PutIfMatchAsync("a", tag, Fail));
        Assert.Equal("whole", await TextAsync("a"));
    }

    [StoreFact]
    public async Task GetRange_AnyWindow_GivesItsBytes()
    {
        await Store.PutIfAbsentAsync("a", Bytes("0123456789"));
        var window = new byte[4];

        Assert.Equal(4, await Store.GetRangeAsync("a", 3, window));
        Assert.Equal("3456", Encoding.UTF8.GetString(window));
        Assert.Equal(2, await Store.GetRangeAsync("a", 8, window));
        Assert.Equal(0, await Store.GetRangeAsync("a", 10, window));
        Assert.Equal(0, await Store.GetRangeAsync("a", 1000, window));
        Assert.Null(await Store.GetRangeAsync("none", 0, window));
        Assert.Null(await Store.GetRangeAsync("none/below", 0, window));
    }

    [StoreFact]
    public async Task List_Prefix_GivesItsNamesInOrder()
    {
        foreach (var name in new[] { "b/2", "b/1", "a", "b/10", "bc", "c/d/e" })
            await Store.PutIfAbsentAsync(name, Bytes(name));

        Assert.Equal(["a", "b/1", "b/10", "b/2", "bc", "c/d/e"], await NamesAsync(""));
        Assert.Equal(["b/1", "b/10", "b/2"], await NamesAsync("b/"));
        Assert.Equal(["b/1", "b/10"], await NamesAsync("b/1"));
        Assert.Equal(["b/1", "b/10", "b/2", "bc"], await NamesAsync("b"));
        Assert.Empty(await NamesAsync("none/"));
    }

    [StoreFact]
    public async Task Delete_Artifact_FreesItsName()
    {
        await Store.PutIfAbsentAsync("a", Bytes("one"));

        Assert.True(await Store.DeleteAsync("a"));
        Assert.False(await Store.DeleteAsync("a"));
        Assert.True(await Store.PutIfAbsentAsync("a", Bytes("two")));
    }

    [StoreFact]
    public async Task Put_EmptyAndLargeContent_IsReadBack()
    {
        var large = new byte[5_000_001];
        Random.Shared.NextBytes(large);
        await Store.PutIfAbsentAsync("empty", ReadOnlyMemory<byte>.Empty);
        await Store.PutIfAbsentAsync("large", large);

        Assert.Empty((await Store.GetAsync("empty", 10))!);
        Assert.True(Enumerable.SequenceEqual(large, (await Store.GetAsync("large", large.Length))!));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(large)), (await Store.MeasureAsync("large"))!.Value.Sha256);
        await Assert.ThrowsAsync<Core.InputException>(() => Store.GetAsync("large", 1000));
    }

    [StoreFact]
    public async Task AnyVerb_NameThatCouldLeadElsewhere_IsRefused()
    {
        foreach (var name in new[] { "../up", "a/../../up", "/etc/passwd", "a//b", "a/", ".hidden", "a\\b", "a\0b", "" })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => Store.PutIfAbsentAsync(name, Bytes("x")));
            await Assert.ThrowsAsync<ArgumentException>(() => Store.HeadAsync(name));
            await Assert.ThrowsAsync<ArgumentException>(() => Store.GetRangeAsync(name, 0, new byte[1]));
            await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteAsync(name));
        }
    }

    [StoreFact]
    public async Task Put_MoreThanABlock_IsReadBackAndTakenNamesStayTaken()
    {
        var content = new byte[13_000_001];
        new Random(7).NextBytes(content);
        async Task InPieces(Stream stream, CancellationToken cancellation)
        {
            for (var start = 0; start < content.Length; start += 777_777)
                await stream.WriteAsync(content.AsMemory(start, Math.Min(777_777, content.Length - start)), cancellation);
        }

        Assert.True(await Store.PutIfAbsentAsync("large", InPieces));
        var tag = (await Store.HeadAsync("large"))!.Tag;
        Assert.False(await Store.PutIfAbsentAsync("large", InPieces));
        Assert.False(await Store.PutIfMatchAsync("large", "other", InPieces));
        Assert.Equal(tag, (await Store.HeadAsync("large"))!.Tag);
        var window = new byte[5_000_000];
        Assert.Equal(window.Length, await Store.GetRangeAsync("large", 3_000_000, window));
        Assert.True(window.AsSpan().SequenceEqual(content.AsSpan(3_000_000, window.Length)));

        Assert.True(await Store.PutIfMatchAsync("large", tag, Bytes("small")));
        Assert.Equal("small", await TextAsync("large"));
        Assert.NotEqual(tag, (await Store.HeadAsync("large"))!.Tag);
    }

    [StoreFact]
    public async Task Head_AndList_AgreeOnWhatTheyKnow()
    {
        await Store.PutIfAbsentAsync("a/b", Bytes("hello"));

        var head = (await Store.HeadAsync("a/b"))!;
        await foreach (var info in Store.ListAsync(""))
            Assert.Equal(head, info);
        Assert.InRange(head.Modified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    async Task<string> TextAsync(string name) => Encoding.UTF8.GetString((await Store.GetAsync(name, 1000))!);

    async Task<List<string>> NamesAsync(string prefix)
    {
        var names = new List<string>();
        await foreach (var info in Store.ListAsync(prefix))
            names.Add(info.Name);
        return names;
    }
}
