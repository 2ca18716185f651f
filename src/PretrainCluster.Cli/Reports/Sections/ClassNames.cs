namespace PretrainCluster.Cli.Reports.Sections;

/// <summary>What to call a class: its name where the dataset has one, else its number.</summary>
static class ClassNames
{
    public static Func<int, string> Of(IReadOnlyList<string>? names) =>
        label => names is not null && label >= 0 && label < names.Count && names[label].Length > 0 ? names[label] : $"class {label}";
}
