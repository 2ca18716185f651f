namespace PretrainCluster.Actors.Wire;

/// <summary>From a coordinator to the agent of a node that it sees for the first time, or again: say what you are and what runs on you.</summary>
public sealed record Introduce
{
    public static Introduce Yourself { get; } = new();

    Introduce()
    {
    }
}
