using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Azure.Storage.Blobs.Specialized;

namespace PretrainCluster.Artifacts.Stores.Blobs;

/// <summary>
/// Sends what is written to it as blocks of a blob, several at a time. A block's name is made of its position and the SHA-256 of its bytes, so
/// a block that an earlier attempt has sent, in this process or in one that died, is not sent again. Nothing is visible before the block list is committed.
/// </summary>
/// <param name="look">called when there is more than a block: the names and lengths of blocks that are there; null where writing has become pointless</param>
sealed class BlockUpload(BlockBlobClient blob, StoreRetry retry, int blockBytes, int parallel, Func<Task<IReadOnlyDictionary<string, long>?>> look, CancellationToken cancellation) : ForwardStream
{
    const int NameBytes = 36;

    readonly SemaphoreSlim _slots = new(parallel);
    readonly List<string> _names = [];
    readonly List<Task> _sending = [];
    readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    IReadOnlyDictionary<string, long>? _staged;
    byte[]? _block;
    int _filled;
    bool _looked;
    Exception? _failure;

    /// <summary>There is no need to write on: the name is taken.</summary>
    public bool IsPointless { get; private set; }

    /// <summary>Blocks that did not have to be sent.</summary>
    public int Spared { get; private set; }

    /// <summary>Sends the rest and waits until everything is there.</summary>
    /// <returns>The blocks' names, in order.</returns>
    public async Task<IReadOnlyList<string>> FinishAsync()
    {
        if (_filled > 0)
            await SendAsync();
        try
        {
            await Task.WhenAll(_sending);
        }
        catch (Exception)
        {
            ThrowFailure();
            throw;
        }
        return _names;
    }

    public override bool CanWrite => true;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (_filled == blockBytes)
                SendAsync().GetAwaiter().GetResult();
            buffer = buffer[Take(buffer)..];
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            if (_filled == blockBytes)
                await SendAsync();
            buffer = buffer[Take(buffer.Span)..];
        }
    }

    int Take(ReadOnlySpan<byte> bytes)
    {
        if (IsPointless)
            return bytes.Length;
        _block ??= ArrayPool<byte>.Shared.Rent(blockBytes);
        var count = Math.Min(bytes.Length, blockBytes - _filled);
        bytes[..count].CopyTo(_block.AsSpan(_filled));
        _filled += count;
        return count;
    }

    async Task SendAsync()
    {
        if (_filled == blockBytes && !_looked)
        {
            _looked = true;
            _staged = await look();
            IsPointless = _staged is null;
        }
        var (block, length) = (_block!, _filled);
        (_block, _filled) = (null, 0);
        var name = IsPointless ? "" : NameOf(_names.Count, block.AsSpan(0, length));
        if (IsPointless || (_staged is not null && _staged.TryGetValue(name, out var there) && there == length))
        {
            ArrayPool<byte>.Shared.Return(block);
            _names.Add(name);
            Spared++;
            return;
        }
        _names.Add(name);
        try
        {
            await _slots.WaitAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            ThrowFailure();
            throw;
        }
        _sending.RemoveAll(sent => sent.IsCompletedSuccessfully);
        _sending.Add(Task.Run(() => SendAsync(name, block, length)));
    }

    async Task SendAsync(string name, byte[] block, int length)
    {
        try
        {
            var attempts = await retry.RunAsync(async failed =>
            {
                using var content = new MemoryStream(block, 0, length, writable: false);
                await blob.StageBlockAsync(name, content, cancellationToken: _stop.Token);
                return failed + 1;
            }, _stop.Token);
            // An attempt that was given up may still be reading the buffer; it is left to it then.
            if (attempts == 1)
                ArrayPool<byte>.Shared.Return(block);
        }
        catch (Exception failure)
        {
            // The rest of the blocks would be sent for nothing.
            Interlocked.CompareExchange(ref _failure, failure, null);
            _stop.Cancel();
            throw;
        }
        finally
        {
            _slots.Release();
        }
    }

    // Of several blocks one fails first; the others are cancelled for it, which says nothing.
    void ThrowFailure()
    {
        if (_failure is { } failure && !cancellation.IsCancellationRequested)
            ExceptionDispatchInfo.Throw(failure);
    }

    static string NameOf(int index, ReadOnlySpan<byte> bytes)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        BinaryPrimitives.WriteInt32BigEndian(name, index);
        SHA256.HashData(bytes, name[sizeof(int)..]);
        return Convert.ToBase64String(name);
    }

    /// <summary>Stops what is still being sent; blocks that are there stay for a later attempt, for up to a week.</summary>
    public override async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await Task.WhenAll(_sending).ContinueWith(_ => { }, TaskScheduler.Default);
        if (_block is not null)
            ArrayPool<byte>.Shared.Return(_block);
        _block = null;
        _stop.Dispose();
        _slots.Dispose();
        await base.DisposeAsync();
    }
}
