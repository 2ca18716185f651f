namespace PretrainCluster.Core.Coordination.State;

/// <summary>Slots of one device name and one arithmetic.</summary>
sealed class SlotPool(DeviceClass owner, string device, string fingerprint)
{
    static readonly Comparer<Slot> s_order = Comparer<Slot>.Create(static (x, y) =>
        x.Failures != y.Failures ? x.Failures.CompareTo(y.Failures)
        : x.Node.Index != y.Node.Index ? x.Node.Index.CompareTo(y.Node.Index)
        : x.Index.CompareTo(y.Index));

    public DeviceClass Class => owner;
    public string Device => device;
    public string Fingerprint => fingerprint;

    /// <summary>In the order in which they are taken.</summary>
    public SortedSet<Slot> Free { get; } = new(s_order);

    /// <summary>Free or not.</summary>
    public int Total { get; set; }

    /// <summary>Kept, while runs are served, for one further ahead that waits for more of them.</summary>
    public bool IsReserved { get; set; }

    /// <summary>Evaluations on slots of this pool, oldest first.</summary>
    public List<Evaluation> Evaluations { get; } = [];
}
