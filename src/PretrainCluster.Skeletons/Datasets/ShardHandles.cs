using Microsoft.Win32.SafeHandles;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>
/// Reads bytes of shards, keeping a bounded number of them open. Reads are positional rather than through a mapping: the resident memory does not
/// grow with what was read, and a shard that is cut short or a disk that fails is an error where a mapping would end the process.
/// </summary>
sealed class ShardHandles(ShardFile[] shards, int capacity) : IDisposable
{
    readonly SafeFileHandle?[] _handles = new SafeFileHandle?[shards.Length];
    readonly long[] _lastUse = new long[shards.Length];
    readonly Lock _lock = new();
    long _uses;
    int _open;
    bool _disposed;

    /// <summary>Fills <paramref name="bytes"/> from a position of a shard's file.</summary>
    public void Read(int shard, long position, Span<byte> bytes)
    {
        for (; ; )
        {
            try
            {
                ReadFully(Acquire(shard), shard, position, bytes);
                return;
            }
            catch (ObjectDisposedException) when (!_disposed)
            {
                // Another thread closed the shard to make room; open it again.
            }
        }
    }

    void ReadFully(SafeFileHandle handle, int shard, long position, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = RandomAccess.Read(handle, bytes, position);
            if (count == 0)
                throw shards[shard].Corrupt($"it ends at byte {position}");
            position += count;
            bytes = bytes[count..];
        }
    }

    SafeFileHandle Acquire(int shard)
    {
        _lastUse[shard] = Interlocked.Increment(ref _uses);
        return Volatile.Read(ref _handles[shard]) ?? Open(shard);
    }

    SafeFileHandle Open(int shard)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SkeletonDataset));
            if (_handles[shard] is { } opened)
                return opened;
            if (_open >= capacity)
                CloseOldest();
            try
            {
                var handle = shards[shard].Use(path => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess));
                _open++;
                Volatile.Write(ref _handles[shard], handle);
                return handle;
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new InputException($"{shards[shard].Name} is missing; copy it again from its source, or make the dataset anew.", missing);
            }
        }
    }

    void CloseOldest()
    {
        var oldest = -1;
        for (var i = 0; i < _handles.Length; i++)
        {
            if (_handles[i] is not null && (oldest < 0 || _lastUse[i] < _lastUse[oldest]))
                oldest = i;
        }
        var handle = _handles[oldest]!;
        Volatile.Write(ref _handles[oldest], null);
        handle.Dispose();
        _open--;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var handle in _handles)
                handle?.Dispose();
        }
    }
}
