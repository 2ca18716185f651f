namespace PretrainCluster.Core.Plans;

/// <summary>A key that came when there were runs without it: at its default it stays out of the digest, so that theirs stays what it was.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AddedLaterAttribute : Attribute;
