using System.Text.Json;

namespace PretrainCluster.Skeletons.Layouts;

/// <summary>
/// A joint layout in JSON: <c>{"name", "joints": [names], "bones": [[child, parent]], "pairs": [[left, right]], "root"}</c>,
/// where a joint is given by its index or by its name.
/// </summary>
public static class JointLayoutFile
{
    private const long MaxBytes = 1 << 20;

    public static JointLayout Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
        {
            throw new InputException($"{path}: a joint layout is a small JSON file; this one has more than {MaxBytes} bytes.");
        }

        return Parse(File.ReadAllBytes(path), path);
    }

    /// <param name="utf8">The JSON text.</param>
    /// <param name="source">What error messages begin with.</param>
    public static JointLayout Parse(ReadOnlyMemory<byte> utf8, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            var root = document.RootElement;
            var joints = Property(root, "joints").EnumerateArray().Select(joint => joint.GetString() ?? "").ToArray();
            return new JointLayout(
                Property(root, "name").GetString() ?? "",
                joints,
                [.. Twos(root, "bones", joints).Select(two => new Bone(two.First, two.Second))],
                [.. Twos(root, "pairs", joints).Select(two => new JointPair(two.First, two.Second))],
                Index(Property(root, "root"), joints)).Validated(source);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{source}: not a joint layout ({problem.Message}); expected name, joints, bones [child, parent], pairs [left, right] and root.", problem);
        }
    }

    private static JsonElement Property(JsonElement parent, string key) =>
        parent.TryGetProperty(key, out var value) ? value : throw new FormatException($"'{key}' is missing");

    private static IEnumerable<(int First, int Second)> Twos(JsonElement root, string key, string[] joints)
    {
        foreach (var entry in Property(root, key).EnumerateArray())
        {
            if (entry.GetArrayLength() != 2)
            {
                throw new FormatException($"an entry of '{key}' does not have two joints");
            }

            yield return (Index(entry[0], joints), Index(entry[1], joints));
        }
    }

    private static int Index(JsonElement joint, string[] joints)
    {
        if (joint.ValueKind == JsonValueKind.Number)
        {
            return joint.GetInt32();
        }

        var name = joint.GetString();
        var index = Array.IndexOf(joints, name);
        return index >= 0 ? index : throw new FormatException($"there is no joint '{name}'");
    }
}
