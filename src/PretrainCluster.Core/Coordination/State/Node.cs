namespace PretrainCluster.Core.Coordination.State;

/// <summary>A machine with places for workers.</summary>
sealed class Node(string name, int index)
{
    public string Name => name;

    /// <summary>In the order in which nodes came; neighbours in a gang are neighbours here.</summary>
    public int Index => index;

    public bool Reachable { get; set; }

    public Dictionary<string, Slot> Slots { get; } = new(StringComparer.Ordinal);
}
