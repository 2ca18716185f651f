using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Faults.Schedules;

/// <summary>
/// Draws schedules. Kinds and phases are dealt like cards, not thrown like dice: over many schedules each comes about equally often, in an order that the
/// seed decides.
/// </summary>
public sealed class FaultSchedules(ulong seed, long steps, bool azurite, bool smallDisk)
{
    static readonly string[] s_phases = ["forward", "exchange", "update", "snapshot", "commit", "regroup", "level"];
    static readonly ScheduledKind[] s_store = [ScheduledKind.SlowStore, ScheduledKind.RefusingStore, ScheduledKind.RestartedStore];
    static readonly ScheduledKind[] s_anywhere =
        [ScheduledKind.Kill, ScheduledKind.Kill, ScheduledKind.Pause, ScheduledKind.Freeze, ScheduledKind.Join, ScheduledKind.Leave, ScheduledKind.CoordinatorBack, ScheduledKind.CoordinatorLate];

    static readonly ScheduledKind[] s_folder = [ScheduledKind.TornBlob, ScheduledKind.FlippedBit, ScheduledKind.FullDisk];

    readonly Deck<ScheduledKind> _anywhere = new(s_anywhere), _folder = new(smallDisk ? s_folder : [.. s_folder.Where(kind => kind != ScheduledKind.FullDisk)]), _store = new(s_store);
    readonly Deck<string> _phases = new(s_phases);
    CounterRandom _random = new(seed, RandomPurpose.Evaluation);

    /// <summary>The next schedule: at least three faults in the order of their steps, and whether checkpoints are in Azurite.</summary>
    public (IReadOnlyList<ScheduledFault> Faults, bool InAzurite) Next(int number)
    {
        var inAzurite = azurite && number % 3 == 0;
        var kinds = new List<ScheduledKind> { (inAzurite ? _store : _folder).Deal(ref _random) };
        for (var more = 2 + (int)(_random.NextDouble() * 3); more > 0; more--)
            kinds.Add(_anywhere.Deal(ref _random));
        var faults = kinds.Select(kind => new ScheduledFault(kind, Step(), kind is ScheduledKind.Kill or ScheduledKind.Pause or ScheduledKind.Freeze ? _phases.Deal(ref _random) : "")).ToList();
        // A regroup has to be there to be struck.
        faults.AddRange(faults.Where(fault => fault.Phase is "regroup" or "level").Select(fault => new ScheduledFault(ScheduledKind.Kill, fault.Step, "forward")).ToList());
        return ([.. faults.OrderBy(fault => fault.Step)], inAzurite);
    }

    // Damage needs a checkpoint before it, and every fault some steps behind it.
    long Step() => 1 + (long)(steps * (0.2 + 0.6 * _random.NextDouble()));

    sealed class Deck<T>(IReadOnlyList<T> cards)
    {
        readonly Queue<T> _rest = new();

        public T Deal(ref CounterRandom random)
        {
            if (_rest.Count == 0)
            {
                var shuffled = cards.ToArray();
                random.Shuffle(shuffled.AsSpan());
                foreach (var card in shuffled)
                    _rest.Enqueue(card);
            }
            return _rest.Dequeue();
        }
    }
}
