using System.Globalization;
using System.Text.RegularExpressions;

namespace PretrainCluster.Core.Plans.Reading;

/// <summary>An option such as <c>--set training.optimizer.learning_rate=5e-4</c> or <c>--set view.augment[0].amount=0.2</c>, laid over a plan's nodes.</summary>
static partial class PlanOverride
{
    const int MaxItems = 1000;

    /// <param name="setting">what follows <c>--set</c></param>
    public static void Apply(PlanMapping plan, string setting, PlanProblems problems)
    {
        var origin = new Origin($"--set {setting}", 0);
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || !KeyPath().IsMatch(setting[..equals].Trim()))
        {
            problems.Add(origin, "", "a key and a value are expected, e.g. --set training.epochs=10 or --set view.augment[0].amount=0.2");
            return;
        }
        var steps = Step().Matches(setting[..equals].Trim()).Select(match => match.Value.Trim('.', '[', ']')).ToArray();
        var value = ReadValue(setting[(equals + 1)..], origin, problems);
        if (value is not null)
            Place(plan, steps, value, origin, problems);
    }

    static PlanNode? ReadValue(string text, Origin origin, PlanProblems problems)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new PlanScalar(origin, "", quoted: false, anyText: true);
        var before = problems.Count;
        return YamlReader.Read(text, origin.Source, isOption: true, problems) ?? (problems.Count > before ? null : new PlanScalar(origin, "", quoted: false));
    }

    static void Place(PlanNode target, string[] steps, PlanNode value, Origin origin, PlanProblems problems)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            var isLast = i == steps.Length - 1;
            var path = string.Concat(steps[..(i + 1)].Select((step, at) => IsIndex(step) ? $"[{step}]" : at > 0 ? "." + step : step));
            PlanNode Next() => isLast ? value : IsIndex(steps[i + 1]) ? new PlanSequence(origin) : new PlanMapping(origin);
            switch (target)
            {
                case PlanMapping mapping when !IsIndex(steps[i]):
                    var next = mapping.Find(steps[i]);
                    if (isLast || next is null or PlanScalar { IsNull: true })
                        mapping.Set(steps[i], origin, next = Next());
                    target = next;
                    break;
                case PlanSequence sequence when IsIndex(steps[i]) && int.TryParse(steps[i], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index <= sequence.Items.Count && index < MaxItems:
                    if (index == sequence.Items.Count)
                        sequence.Items.Add(Next());
                    else if (isLast)
                        sequence.Items[index] = value;
                    target = sequence.Items[index];
                    break;
                case PlanSequence sequence:
                    problems.Add(origin, path, sequence.Items.Count == 0 ? "the list is empty; its first item is [0]"
                        : $"the list has items [0] to [{sequence.Items.Count - 1}]; [{sequence.Items.Count}] adds one");
                    return;
                default:
                    problems.Add(origin, path, $"the plan has {target.Kind} above this key ({target.Origin}), nothing can be set below it");
                    return;
            }
        }
    }

    static bool IsIndex(string step) => char.IsAsciiDigit(step[0]);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]{1,9}\])*\z")]
    private static partial Regex KeyPath();

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\]")]
    private static partial Regex Step();
}
