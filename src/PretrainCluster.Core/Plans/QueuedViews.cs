namespace PretrainCluster.Core.Plans;

/// <summary>Which views of a clip a queue remembers.</summary>
public enum QueuedViews
{
    First,
    Both,
}
