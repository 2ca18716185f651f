namespace PretrainCluster.Core.Plans;

/// <summary>A key that only some choices use; under any other choice it is refused, left out of the resolved plan and out of its digest.</summary>
/// <param name="key">the property beside it that chooses</param>
/// <param name="choices">its values that use this key</param>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
public sealed class UsedByAttribute(string key, params object[] choices) : Attribute
{
    public string Key { get; } = key;
    public IReadOnlyList<object> Choices { get; } = choices;
}
