using PretrainCluster.Core.Plans;

namespace PretrainCluster.Learning.Tests;

/// <summary>Whatever objectives and encoders are registered, at sizes that suit a test.</summary>
static class AnyKind
{
    /// <summary>The names of all kinds of a section.</summary>
    public static TheoryData<string> Of<T>() where T : KindSection => [.. Methods.BuiltIn.Of(typeof(T)).Select(kind => kind.Name)];

    /// <summary>A kind's settings.</summary>
    /// <param name="sizes">keys and values; those that the kind does not have are left out</param>
    public static T Create<T>(string kind, object sizes) where T : KindSection
    {
        var settings = (T)Activator.CreateInstance(Methods.BuiltIn.Find(typeof(T), kind)!.Settings)!;
        foreach (var size in sizes.GetType().GetProperties())
        {
            if (settings.GetType().GetProperty(size.Name) is { CanWrite: true } key)
                key.SetValue(settings, size.GetValue(sizes));
        }
        return settings;
    }
}
