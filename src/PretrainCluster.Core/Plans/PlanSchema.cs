using System.Text.Json;
using System.Text.Json.Nodes;

namespace PretrainCluster.Core.Plans;

/// <summary>The keys of a plan as a JSON Schema (draft 2020-12), by which editors complete and check plans while they are written.</summary>
public static class PlanSchema
{
    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(PlanKinds kinds)
    {
        var definitions = new JsonObject();
        var root = Section(typeof(Plan), kinds, definitions);
        // A plan has stages, or an objective and its training.
        var required = root["required"]!.AsArray();
        string[] ofStages = ["objective", "training"];
        foreach (var name in required.Where(name => ofStages.Contains((string)name!)).ToList())
            required.Remove(name);
        root["if"] = new JsonObject { ["required"] = new JsonArray("stages") };
        root["else"] = new JsonObject { ["required"] = new JsonArray([.. ofStages]) };
        var schema = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "A plan of PretrainCluster" };
        foreach (var (name, value) in root.ToList())
        {
            root.Remove(name);
            schema[name] = value;
        }
        schema["$defs"] = definitions;
        return schema.ToJsonString(s_indented);
    }

    /// <summary>A section by a reference to its definition, which is made where it is met first.</summary>
    static JsonObject Reference(Type type, PlanKinds kinds, JsonObject definitions)
    {
        if (!definitions.ContainsKey(type.Name))
        {
            definitions[type.Name] = new JsonObject();
            definitions[type.Name] = PlanKinds.HasKinds(type) ? Kinds(type, kinds, definitions) : Section(type, kinds, definitions);
        }
        return new JsonObject { ["$ref"] = $"#/$defs/{type.Name}" };
    }

    static JsonObject Kinds(Type section, PlanKinds kinds, JsonObject definitions)
    {
        var (facts, known) = (PlanKinds.SectionOf(section), kinds.Of(section));
        var choice = new JsonObject { ["description"] = facts.Description, ["oneOf"] = new JsonArray([.. known.Select(kind => new JsonObject { ["const"] = kind.Name, ["description"] = kind.Description })]) };
        var branches = new JsonArray();
        foreach (var kind in known)
        {
            var chosen = new JsonObject { ["properties"] = new JsonObject { [PlanKinds.Key] = new JsonObject { ["const"] = kind.Name } } };
            if (kind.Name != facts.Default)
                chosen["required"] = new JsonArray(PlanKinds.Key);
            branches.Add(new JsonObject { ["if"] = chosen, ["then"] = Section(kind.Settings, kinds, definitions) });
        }
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { [PlanKinds.Key] = choice }, ["allOf"] = branches };
        if (facts.Default is { } normal)
            choice["default"] = normal;
        else
            schema["required"] = new JsonArray(PlanKinds.Key);
        return !facts.ByName ? schema
            : new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray([.. known.Select(kind => kind.Name)]) }, schema) };
    }

    static JsonObject Section(Type type, PlanKinds kinds, JsonObject definitions)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var key in PlanSection.Of(type).Keys)
        {
            properties[key.Name] = key.IsKind ? new JsonObject() : Key(key, type, kinds, definitions);
            if (key.IsRequired && !key.IsKind)
                required.Add(key.Name);
        }
        return new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["required"] = required, ["properties"] = properties };
    }

    static JsonObject Key(PlanKey key, Type section, PlanKinds kinds, JsonObject definitions)
    {
        var schema = key.ItemType is { } item ? new JsonObject { ["type"] = "array", ["items"] = Value(key, item, kinds, definitions) } : Value(key, key.ValueType, kinds, definitions);
        if (key.IsNullable)
            schema = new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) };
        if (key.Description.Length > 0)
            schema["description"] = key.Description;
        switch (key.IsRequired ? null : key.DefaultIn(section))
        {
            case bool truth:
                schema["default"] = truth;
                break;
            case int or long:
                schema["default"] = Convert.ToInt64(key.DefaultIn(section));
                break;
            case double number:
                schema["default"] = number;
                break;
            case Enum name:
                schema["default"] = PlanNames.Of(name);
                break;
            case string text:
                schema["default"] = text;
                break;
        }
        return schema;
    }

    static JsonObject Value(PlanKey key, Type type, PlanKinds kinds, JsonObject definitions)
    {
        if (PlanSection.IsSection(type))
            return Reference(type, kinds, definitions);
        if (type.IsEnum)
            return new JsonObject { ["enum"] = new JsonArray([.. PlanNames.Of(type)]) };
        var schema = new JsonObject { ["type"] = type == typeof(bool) ? "boolean" : type == typeof(string) ? "string" : type == typeof(double) ? "number" : "integer" };
        if (key.Range is var (min, max))
        {
            schema["minimum"] = min;
            if (max < 1e18)
                schema["maximum"] = max;
        }
        return schema;
    }
}
