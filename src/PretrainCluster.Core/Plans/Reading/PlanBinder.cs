using System.Collections;

namespace PretrainCluster.Core.Plans.Reading;

/// <summary>Gives nodes their meaning: fills records from groups of keys and reports whatever does not fit.</summary>
sealed class PlanBinder(PlanKinds kinds, PlanProblems problems)
{
    public Plan BindPlan(PlanMapping root) => (Plan)BindSection(typeof(Plan), root, "")!;

    public TablePlan BindTable(PlanMapping root) => (TablePlan)BindSection(typeof(TablePlan), root, "")!;

    /// <summary>A section that stands by itself.</summary>
    /// <returns>null where there is a problem</returns>
    public object? BindSection(Type type, PlanNode? node)
    {
        if ((node as PlanMapping ?? PlanKinds.Named(type, node)) is { } mapping)
            return BindSection(type, mapping, "");
        problems.Add(node?.Origin ?? default, "", $"{ExpectedKind(type)} is expected, not {node?.Kind ?? "nothing"}");
        return null;
    }

    /// <returns>null where its kind is not known</returns>
    object? BindSection(Type type, PlanMapping mapping, string path)
    {
        if (!PlanKinds.HasKinds(type))
            return BindKeys(type, mapping, path, kind: null);
        if (SelectKind(type, mapping, path) is not { } kind)
            return null;
        if (kinds.IsEmpty)
            return PlanKinds.Unread(type, kind, mapping);
        if (kinds.Find(type, kind) is { } known)
            return BindKeys(known.Settings, mapping, path, known);
        var names = kinds.Of(type).Select(other => other.Name).ToList();
        problems.Add(mapping.OriginOf(PlanKinds.Key) ?? mapping.Origin, Join(path, PlanKinds.Key), NearestName.Of(kind, names) is { } near
            ? $"\"{kind}\" is not known; did you mean {near}? Known are {string.Join(", ", names)}" : $"{ExpectedKind(type)} is expected, not \"{kind}\"");
        return null;
    }

    string? SelectKind(Type section, PlanMapping mapping, string path)
    {
        var kindKey = PlanSection.Of(section).Find(PlanKinds.Key)!;
        if (mapping.Find(PlanKinds.Key) is not { } node)
        {
            if (PlanKinds.SectionOf(section).Default is { } normal)
                return normal;
            problems.Add(mapping.Origin, Join(path, PlanKinds.Key), $"this key is missing; {ExpectedKind(section)} is expected ({kindKey.Description})");
            return null;
        }
        if (node is PlanScalar { IsNull: false } scalar)
            return scalar.Text;
        problems.Add(node.Origin, Join(path, PlanKinds.Key), $"{ExpectedKind(section)} is expected, not {node.Kind}");
        return null;
    }

    string ExpectedKind(Type section) => kinds.IsEmpty ? "the name of a kind" : $"one of {string.Join(", ", kinds.Of(section).Select(kind => kind.Name))}";

    object BindKeys(Type type, PlanMapping mapping, string path, PlanKind? kind)
    {
        var keys = PlanSection.Of(type);
        var section = Activator.CreateInstance(type)!;
        var choicesKnown = true;
        foreach (var (name, origin, value) in mapping.Entries)
        {
            if (keys.Find(name) is not { } key)
                problems.Add(origin, Join(path, name), kind is not null && OfOtherKinds(name, kind) is { } reason ? reason : $"there is no such key; {Suggest(name, keys, path)}");
            else if (key.IsKind)
                continue;
            else if (BindKey(key, value, Join(path, name)) is { } bound)
                key.Set(section, bound);
            else if (key.IsNullable && value is PlanScalar { IsNull: true })
                key.Set(section, null);
            else if (key.ValueType.IsEnum)
                choicesKnown = false;
        }
        foreach (var key in keys.Keys.Where(key => !key.IsKind && key.IsRequired && mapping.Find(key.Name) is null && keys.UnusedBecause(key, section) is null))
        {
            choicesKnown &= !key.ValueType.IsEnum;
            problems.Add(mapping.Origin, Join(path, key.Name), $"this key is missing; {key.Expected} is expected{(key.Description.Length > 0 ? $" ({key.Description})" : "")}");
        }
        // A section that is left out has the keys of the kind that it is by default.
        foreach (var key in keys.Keys.Where(key => !key.IsRequired && !key.IsNullable && PlanKinds.HasKinds(key.ValueType) && mapping.Find(key.Name) is null))
            key.Set(section, BindSection(key.ValueType, new PlanMapping(mapping.Origin), Join(path, key.Name))!);
        if (choicesKnown)
            ReportUnused(keys, section, mapping, path);
        return section;
    }

    void ReportUnused(PlanSection keys, object section, PlanMapping mapping, string path)
    {
        foreach (var (name, origin, _) in mapping.Entries)
        {
            if (keys.Find(name) is { } key && keys.UnusedBecause(key, section) is { } reason)
                problems.Add(origin, Join(path, name), reason);
        }
    }

    object? BindKey(PlanKey key, PlanNode node, string path)
    {
        if (key.IsNullable && node is PlanScalar { IsNull: true })
            return null;
        if (key.ItemType is null)
            return BindValue(key, key.ValueType, node, path);
        if (node is not PlanSequence sequence)
            return Refuse(key, node, path);
        var items = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(key.ItemType))!;
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (BindValue(key, key.ItemType, sequence.Items[i], $"{path}[{i}]") is { } item)
                items.Add(item);
        }
        return items;
    }

    object? BindValue(PlanKey key, Type type, PlanNode node, string path)
    {
        if (PlanSection.IsSection(type))
            return (node as PlanMapping ?? PlanKinds.Named(type, node)) is { } mapping ? BindSection(type, mapping, path) : Refuse(key, node, path);
        if (node is not PlanScalar scalar)
            return Refuse(key, node, path);
        var value = Parse(type, scalar);
        var isInside = value switch
        {
            null => false,
            int or long or double when key.Range is var (min, max) => Convert.ToDouble(value) >= min && Convert.ToDouble(value) <= max,
            _ => true,
        };
        if (isInside)
            return value;
        if (type.IsEnum && NearestName.Of(scalar.Text, PlanNames.Of(type)) is { } nearest)
        {
            problems.Add(node.Origin, path, $"{scalar.Kind} is not known; did you mean {nearest}? Known are {string.Join(", ", PlanNames.Of(type))}");
            return null;
        }
        return Refuse(key, node, path);
    }

    object? Refuse(PlanKey key, PlanNode node, string path)
    {
        problems.Add(node.Origin, path, $"{(path.EndsWith(']') ? key.ExpectedItem : key.Expected)} is expected, not {node.Kind}");
        return null;
    }

    static object? Parse(Type type, PlanScalar scalar)
    {
        if (type == typeof(string))
        {
            var isText = scalar.AnyText ? scalar.Text.Length > 0 : scalar.Quoted || !ScalarSyntax.IsNotText(scalar.Text);
            return isText && !string.IsNullOrWhiteSpace(scalar.Text) ? scalar.Text : null;
        }
        if (type.IsEnum)
            return PlanNames.Parse(type, scalar.Text);
        if (scalar.Quoted)
            return null;
        if (type == typeof(bool))
            return ScalarSyntax.AsBoolean(scalar.Text);
        if (type == typeof(long))
            return ScalarSyntax.AsInteger(scalar.Text);
        if (type == typeof(int))
            return ScalarSyntax.AsInteger(scalar.Text) is >= int.MinValue and <= int.MaxValue and var number ? (int)number : null;
        if (type == typeof(double))
            return ScalarSyntax.AsNumber(scalar.Text);
        throw new InvalidOperationException($"A plan cannot hold a {type.Name}.");
    }

    /// <summary>Which other kinds have a key; null where none does.</summary>
    string? OfOtherKinds(string name, PlanKind kind)
    {
        var others = kinds.Of(kind.Section).Where(other => PlanSection.Of(other.Settings).Find(name) is not null).Select(other => other.Name).ToList();
        return others.Count > 0 ? $"only used where kind is {string.Join(" or ", others)}; here it is {kind.Name}" : null;
    }

    string Suggest(string name, PlanSection here, string path)
    {
        var names = here.Keys.Select(key => key.Name).ToList();
        if (NearestName.Of(name, names) is { } near)
            return $"did you mean {Join(path, near)}? Keys here are {string.Join(", ", names)}";
        var elsewhere = kinds.Reference.Select(entry => entry.Path).Distinct().Where(known => known.EndsWith("." + name, StringComparison.Ordinal)).ToList();
        if (elsewhere.Where(known => path.Length > 0 && known.StartsWith(path + ".", StringComparison.Ordinal)).ToList() is { Count: > 0 } below)
            elsewhere = below;
        return elsewhere.Count > 0 ? $"did you mean {string.Join(" or ", elsewhere)}? Keys here are {string.Join(", ", names)}"
            : $"keys here are {string.Join(", ", names)}";
    }

    static string Join(string path, string name) => path.Length > 0 ? $"{path}.{name}" : name;
}
