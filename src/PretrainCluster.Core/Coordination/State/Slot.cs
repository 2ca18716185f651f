namespace PretrainCluster.Core.Coordination.State;

/// <summary>A place for one process. It stays taken until its process is known to be gone.</summary>
sealed class Slot(Node node, int index, string name, string device)
{
    public Node Node => node;
    public int Index => index;
    public string Name => name;
    public string Device => device;

    /// <summary>As announced, or as the newest worker here said; empty where neither did.</summary>
    public string Fingerprint { get; set; } = "";

    /// <summary>True while its node offers it.</summary>
    public bool Offered { get; set; }

    public Worker? Worker { get; set; }
    public Evaluation? Evaluation { get; set; }

    /// <summary>A process that belongs to no run that is under way, and was told to go.</summary>
    public string? Stray { get; set; }

    /// <summary>Failures in a row of workers here: slots with fewer are taken first.</summary>
    public int Failures { get; set; }

    /// <summary>Where it counts; null while it is not offered.</summary>
    public SlotPool? Pool { get; set; }

    public bool IsListed { get; set; }

    public bool IsTaken => Worker is not null || Evaluation is not null || Stray is not null;

    public override string ToString() => $"{node.Name}/{name}";
}
