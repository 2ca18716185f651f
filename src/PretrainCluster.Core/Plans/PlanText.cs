using PretrainCluster.Core.Plans.Reading;

namespace PretrainCluster.Core.Plans;

/// <summary>Plans as YAML. A plan is read and checked as a whole: every problem is reported at once, with file, line, key and what was expected.</summary>
public static class PlanText
{
    /// <summary>Reads a plan file.</summary>
    /// <param name="kinds">the kinds of sections that there are; <see cref="PlanKinds.None"/> leaves sections that have kinds as they are written</param>
    /// <param name="overrides">what followed each <c>--set</c>, e.g. "training.epochs=10" or "view.augment[0].amount=0.2"; later ones win</param>
    /// <returns>The plan with every default in its place.</returns>
    /// <exception cref="InputException">The file cannot be read, or the plan is wrong.</exception>
    public static Plan Read(string path, PlanKinds kinds, IEnumerable<string>? overrides = null)
    {
        try
        {
            if (new FileInfo(path).Length > YamlReader.MaxCharacters * 4L)
                throw new InputException($"{path} is too large for a plan.");
            return Parse(File.ReadAllText(path), kinds, path, overrides);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"There is no plan {path}.", missing);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new InputException($"{path} cannot be read: it is a folder, or there is no permission.", denied);
        }
    }

    /// <summary>Reads a plan from text.</summary>
    /// <param name="source">what problems name as the file</param>
    /// <inheritdoc cref="Read"/>
    public static Plan Parse(string text, PlanKinds kinds, string source = "plan", IEnumerable<string>? overrides = null)
    {
        var problems = new PlanProblems();
        var document = YamlReader.Read(text, source, isOption: false, problems);
        if (document is not PlanMapping root)
        {
            if (!problems.Any)
                problems.Add(new(source, 1), "", document is null or PlanScalar { IsNull: true } ? "is empty; `pretrain plan` lists the keys of a plan" : $"the keys of a plan are expected, not {document.Kind}");
            problems.Throw();
            throw new InvalidOperationException("A plan without a root has a problem.");
        }
        foreach (var setting in overrides ?? [])
            PlanOverride.Apply(root, setting, problems);
        var plan = new PlanBinder(kinds, problems).BindPlan(root);
        plan = PlanExtensions.Check(plan, kinds, root.OriginOf("extensions") ?? root.Origin, problems);
        if (!problems.Any)
        {
            foreach (var (path, message) in PlanRules.Broken(plan))
                problems.Add(OriginOf(root, path), path, message);
        }
        problems.Throw();
        return plan.Resolve();
    }

    /// <summary>Reads one section that stands on the command line, as the name of a kind or as <c>{kind: NAME, KEY: VALUE}</c>.</summary>
    /// <param name="option">what problems name, e.g. "--format"</param>
    /// <exception cref="InputException">There is no such kind, or its keys are wrong.</exception>
    public static T Section<T>(string text, string option, PlanKinds kinds) where T : KindSection
    {
        var problems = new PlanProblems();
        var section = new PlanBinder(kinds, problems).BindSection(typeof(T), YamlReader.Read(text, option, isOption: true, problems));
        problems.Throw();
        return (T)section!;
    }

    /// <summary>The plan as YAML with every default spelled out; it reads back as the same plan.</summary>
    public static string Write(Plan plan) => PlanWriter.Write(plan);

    // A rule may be about a key that is not written; then the section that would hold it is named.
    static Origin OriginOf(PlanNode root, string path)
    {
        var (node, origin) = (root, root.Origin);
        foreach (var step in path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.'))
        {
            if (node is PlanMapping mapping && mapping.Find(step) is { } value)
                (node, origin) = (value, mapping.OriginOf(step)!.Value);
            else if (node is PlanSequence sequence && int.TryParse(step, out var index) && index < sequence.Items.Count)
                (node, origin) = (sequence.Items[index], sequence.Items[index].Origin);
            else
                break;
        }
        return origin;
    }
}
