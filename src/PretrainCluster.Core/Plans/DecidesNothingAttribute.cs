namespace PretrainCluster.Core.Plans;

/// <summary>A key that does not change the weights a run ends with, so it stays out of the plan's digest and may differ when a run is resumed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DecidesNothingAttribute : Attribute;
