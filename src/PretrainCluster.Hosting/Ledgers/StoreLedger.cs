using System.Buffers;
using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Hosting.Ledgers;

/// <summary>
/// A coordinator's durable facts as numbered blobs, each created only if its name is free: whoever writes entry n first is the coordinator, and a stale
/// one can commit nothing. JSON, for people and for the versions that follow.
/// </summary>
public sealed class StoreLedger(IArtifactStore store, TimeProvider clock, string prefix = "ledger/")
{
    const int MostEntries = 1_000_000;
    const int MostBytes = 4 << 20;
    const int Attempts = 6;
    static readonly TimeSpan s_firstWait = TimeSpan.FromMilliseconds(50);

    /// <summary>All entries, by number.</summary>
    /// <exception cref="InvalidDataException">An entry is missing or is none; the message names it.</exception>
    public async Task<IReadOnlyList<LedgerEntry>> ReadAsync(CancellationToken cancellation = default)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var blob in store.ListAsync(prefix, cancellation))
        {
            if (entries.Count == MostEntries)
                throw new InvalidDataException($"the ledger under {prefix} has more than {MostEntries} entries");
            if (blob.Name != NameOf(entries.Count + 1))
                throw new InvalidDataException($"the ledger has {blob.Name} where {NameOf(entries.Count + 1)} is expected: an entry was removed, restore it from a copy");
            var bytes = await store.GetAsync(blob.Name, MostBytes, cancellation) ?? throw new InvalidDataException($"{blob.Name} vanished while it was read");
            entries.Add(Decode(blob.Name, bytes, entries.Count + 1));
        }
        return entries;
    }

    /// <summary>Writes an entry under its number. A store that does not answer is asked again; what it then says is settled by reading back.</summary>
    /// <exception cref="LedgerSupersededException">Another entry has that number: another coordinator has taken over.</exception>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public async Task AppendAsync(LedgerEntry entry, CancellationToken cancellation = default)
    {
        var name = NameOf(entry.Number);
        var buffer = new ArrayBufferWriter<byte>();
        LedgerJson.Encode(entry, buffer);
        for (var (attempt, wait) = (1, s_firstWait); ; attempt++, wait *= 2)
        {
            try
            {
                if (await store.PutIfAbsentAsync(name, buffer.WrittenMemory, cancellation))
                    return;
                var there = await store.GetAsync(name, MostBytes, cancellation);
                if (there is not null && buffer.WrittenSpan.SequenceEqual(there))
                    return;
                throw new LedgerSupersededException(name);
            }
            catch (IOException) when (attempt < Attempts)
            {
                await Task.Delay(wait, clock, cancellation);
            }
        }
    }

    string NameOf(long number) => FormattableString.Invariant($"{prefix}{number:D10}.json");

    LedgerEntry Decode(string name, byte[] bytes, long number)
    {
        try
        {
            return LedgerJson.Decode(bytes) is var entry && entry.Number == number
                ? entry
                : throw new InvalidDataException($"{name} is no ledger entry of number {number}");
        }
        catch (MessageFormatException failure)
        {
            throw new InvalidDataException($"{name}: {failure.Message}", failure);
        }
    }
}

/// <summary>Another coordinator wrote the entry that this one wanted to write: it has taken over, and this one ends.</summary>
public sealed class LedgerSupersededException(string entry)
    : Exception($"another coordinator has taken over: {entry} is not this one's. It carries the runs on; this process changes nothing more");
