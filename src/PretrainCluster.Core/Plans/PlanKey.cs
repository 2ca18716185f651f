using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PretrainCluster.Core.Plans;

/// <summary>One key of a section of a plan, as its record declares it.</summary>
public sealed class PlanKey
{
    readonly PropertyInfo _property;
    readonly KindsAttribute? _kinds;

    /// <param name="kinds">of the section whose kind the key selects; null for every other key</param>
    internal PlanKey(PropertyInfo property, KindsAttribute? kinds = null)
    {
        (_property, _kinds) = (property, kinds);
        Name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
        IsRequired = kinds is null ? property.IsDefined(typeof(RequiredMemberAttribute)) : kinds.Default is null;
        IsNullable = Nullable.GetUnderlyingType(property.PropertyType) is not null
            || new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
        ValueType = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (ValueType.IsGenericType && ValueType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            ItemType = ValueType.GetGenericArguments()[0];
        Range = property.GetCustomAttribute<RangeAttribute>() is { } range
            ? (Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture)) : null;
        Description = kinds?.Description ?? property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? "";
        UnsetMeans = property.GetCustomAttribute<UnsetMeansAttribute>()?.Text;
        DecidesNothing = property.IsDefined(typeof(DecidesNothingAttribute));
        AddedLater = kinds?.AddedLater ?? property.IsDefined(typeof(AddedLaterAttribute));
        UsedBy = [.. property.GetCustomAttributes<UsedByAttribute>()];
    }

    /// <summary>In snake_case.</summary>
    public string Name { get; }
    public bool IsRequired { get; }
    public bool IsNullable { get; }
    public string Description { get; }

    /// <summary>Smallest and largest value.</summary>
    public (double Min, double Max)? Range { get; }

    /// <summary>True where the key does not change what a run computes.</summary>
    public bool DecidesNothing { get; }

    /// <summary>What a null stands for; null where nothing is said of it.</summary>
    internal string? UnsetMeans { get; }

    /// <summary>True for the key that selects a section's kind.</summary>
    internal bool IsKind => _kinds is not null;

    /// <summary>True where the digest leaves the key out at its default.</summary>
    internal bool AddedLater { get; }

    internal Type ValueType { get; }

    /// <summary>Type of a list's items, null for what is no list.</summary>
    internal Type? ItemType { get; }

    internal IReadOnlyList<UsedByAttribute> UsedBy { get; }

    /// <summary>What may stand there, e.g. "a whole number from 1 to 4096".</summary>
    public string Expected => ItemType is { } item ? $"a list of {Describe(item, many: true)}{Bounds}" : $"{Describe(ValueType, many: false)}{Bounds}";

    /// <summary>What may stand as an item of a list.</summary>
    internal string ExpectedItem => $"{Describe(ItemType ?? ValueType, many: false)}{Bounds}";

    string Bounds => Range switch
    {
        null => "",
        (var min, var max) when max >= 1e18 => $" from {Format(min)}",
        var (min, max) => $" from {Format(min)} to {Format(max)}",
    };

    internal object? Get(object section) => _property.GetValue(section);

    /// <summary>The value in a section that says nothing.</summary>
    internal object? DefaultIn(Type section) => IsKind ? _kinds!.Default : Get(Activator.CreateInstance(section)!);

    internal bool IsDefault(object section, object value) =>
        value is ICollection { Count: 0 } || value.Equals(DefaultIn(section.GetType()));

    internal void Set(object section, object? value) => _property.SetValue(section, value);

    internal string PropertyName => _property.Name;

    static string Describe(Type type, bool many) => type switch
    {
        _ when type == typeof(string) => many ? "texts" : "text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) => many ? "whole numbers" : "a whole number",
        _ when type == typeof(double) => many ? "numbers" : "a number",
        _ when type.IsEnum => "one of " + string.Join(", ", PlanNames.Of(type)),
        _ when PlanKinds.MayBeNamed(type) => many ? "names or groups of keys" : "a name or a group of keys",
        _ => many ? "groups of keys" : "a group of keys",
    };

    public static string Format(double number) => number.ToString("0.################", CultureInfo.InvariantCulture);
}
