namespace PretrainCluster.Core.Plans;

/// <summary>What a key stands for where a plan does not set it, and the value follows from other keys.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UnsetMeansAttribute(string text) : Attribute
{
    public string Text { get; } = text;
}
