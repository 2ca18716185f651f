using System.Text.Json;
using System.Text.Json.Nodes;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Plans.Reading;
using PretrainCluster.Learning;

namespace PretrainCluster.Core.Tests.Plans;

/// <summary>The schema accepts every plan of the repository and marks what editors shall mark; checked by the part of JSON Schema that it uses.</summary>
public class PlanSchemaTests
{
    static readonly JsonElement s_schema = JsonDocument.Parse(PlanSchema.Write(Methods.BuiltIn)).RootElement;

    public static TheoryData<string> Configs => [.. Directory.GetFiles(Checkout.At("configs"), "*.yaml", SearchOption.AllDirectories)
        .Where(file => !file.Contains("tables", StringComparison.Ordinal)).Select(file => Path.GetRelativePath(Checkout.Root, file))];

    [Theory, MemberData(nameof(Configs))]
    public void Schema_EveryPlan_Fits(string file) => Assert.Empty(Errors(File.ReadAllText(Checkout.At(file))));

    [Theory]
    [InlineData("/encoder/widht", "encoder: {widht: 8}")]
    [InlineData("/encoder/channels", "encoder: {channels: 8}")]
    [InlineData("/encoder/kind", "encoder: {kind: transfomer}")]
    [InlineData("/encoder/heads", "encoder: {kind: st_gcn, heads: 4}")]
    [InlineData("/encoder/width", "encoder: {width: 0}")]
    [InlineData("/encoder/dropout", "encoder: {dropout: much}")]
    [InlineData("/view/frames", "view: {}")]
    [InlineData("/objective", "name: only")]
    public void Schema_OfAMistake_MarksTheKey(string where, string yaml) => Assert.Contains(where, Errors(yaml));

    static List<string> Errors(string yaml)
    {
        var problems = new PlanProblems();
        var errors = new List<string>();
        Check(s_schema, JsonDocument.Parse(Json(YamlReader.Read(yaml, "test", isOption: false, problems)!)!.ToJsonString()).RootElement, "", errors);
        return errors;
    }

    static JsonNode? Json(PlanNode node) => node switch
    {
        PlanMapping mapping => new JsonObject(mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key, Json(entry.Value)))),
        PlanSequence sequence => new JsonArray([.. sequence.Items.Select(Json)]),
        PlanScalar { IsNull: true } => null,
        PlanScalar { Quoted: false } scalar when ScalarSyntax.AsBoolean(scalar.Text) is { } truth => truth,
        PlanScalar { Quoted: false } scalar when ScalarSyntax.AsInteger(scalar.Text) is { } whole => whole,
        PlanScalar { Quoted: false } scalar when ScalarSyntax.AsNumber(scalar.Text) is { } number => number,
        var scalar => ((PlanScalar)scalar).Text,
    };

    static void Check(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            Check(s_schema.GetProperty("$defs").GetProperty(reference.GetString()!.Split('/')[^1]), value, path, errors);
        if (schema.TryGetProperty("type", out var type) && !IsOf(type.GetString()!, value))
        {
            errors.Add(path);
            return;
        }
        if (schema.TryGetProperty("const", out var only) && !JsonElement.DeepEquals(only, value) || schema.TryGetProperty("enum", out var names) && !names.EnumerateArray().Any(name => JsonElement.DeepEquals(name, value)))
            errors.Add(path);
        if (schema.TryGetProperty("minimum", out var least) && value.GetDouble() < least.GetDouble() || schema.TryGetProperty("maximum", out var most) && value.GetDouble() > most.GetDouble())
            errors.Add(path);
        foreach (var (word, fits) in new (string, Func<int, bool>)[] { ("anyOf", count => count > 0), ("oneOf", count => count == 1) })
        {
            if (schema.TryGetProperty(word, out var choices) && !fits(choices.EnumerateArray().Count(choice => Fits(choice, value))))
                errors.Add(path);
        }
        if (schema.TryGetProperty("allOf", out var all))
        {
            foreach (var part in all.EnumerateArray())
                Check(part, value, path, errors);
        }
        if (schema.TryGetProperty("if", out var condition) && schema.TryGetProperty(Fits(condition, value) ? "then" : "else", out var branch))
            Check(branch, value, path, errors);
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var (item, i) in value.EnumerateArray().Select((item, i) => (item, i)))
                Check(items, item, $"{path}/{i}", errors);
        }
        if (value.ValueKind == JsonValueKind.Object)
            CheckKeys(schema, value, path, errors);
    }

    static void CheckKeys(JsonElement schema, JsonElement value, string path, List<string> errors)
    {
        if (schema.TryGetProperty("required", out var required))
            errors.AddRange(required.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{path}/{name}"));
        foreach (var key in value.EnumerateObject())
        {
            if (schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(key.Name, out var known))
                Check(known, key.Value, $"{path}/{key.Name}", errors);
            else if (schema.TryGetProperty("additionalProperties", out _))
                errors.Add($"{path}/{key.Name}");
        }
    }

    static bool Fits(JsonElement schema, JsonElement value)
    {
        var errors = new List<string>();
        Check(schema, value, "", errors);
        return errors.Count == 0;
    }

    static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => value.ValueKind == JsonValueKind.Number,
    };
}
