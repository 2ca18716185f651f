using System.Text.Json;

namespace PretrainCluster.Skeletons.Layouts;

/// <summary>The layouts that come with the program.</summary>
public static class JointLayouts
{
    static readonly string[] Limbs =
    [
        "left shoulder", "left elbow", "left wrist", "left hand", "right shoulder", "right elbow", "right wrist", "right hand",
        "left hip", "left knee", "left ankle", "left foot", "right hip", "right knee", "right ankle", "right foot",
    ];

    /// <summary>Kinect for Xbox 360: 20 joints, as in NW-UCLA.</summary>
    public static JointLayout KinectV1 { get; } = Twenty("kinect-v1", ["hip centre", "spine", "shoulder centre", "head"], spine: [0, 1, 2, 3]);

    /// <summary>The same 20 joints in the order of UTD-MHAD, which starts at the head.</summary>
    public static JointLayout UtdMhad { get; } = Twenty("utd-mhad", ["head", "shoulder centre", "spine", "hip centre"], spine: [3, 2, 1, 0]);

    /// <summary>Kinect for Xbox One: 25 joints, as in NTU RGB+D. Bones are AGCN's; clips are centred on joint 2 of the papers (index 1).</summary>
    public static JointLayout KinectV2 { get; } = new JointLayout(
        "kinect-v2",
        [
            "spine base", "spine middle", "neck", "head",
            "left shoulder", "left elbow", "left wrist", "left hand", "right shoulder", "right elbow", "right wrist", "right hand",
            "left hip", "left knee", "left ankle", "left foot", "right hip", "right knee", "right ankle", "right foot",
            "spine shoulder", "left hand tip", "left thumb", "right hand tip", "right thumb",
        ],
        [
            new(0, 1), new(1, 20), new(2, 20), new(3, 2), new(4, 20), new(5, 4), new(6, 5), new(7, 6), new(8, 20), new(9, 8), new(10, 9), new(11, 10),
            new(12, 0), new(13, 12), new(14, 13), new(15, 14), new(16, 0), new(17, 16), new(18, 17), new(19, 18),
            new(21, 22), new(22, 7), new(23, 24), new(24, 11),
        ],
        [.. Sides(4, 8, 4), .. Sides(12, 16, 4), new(21, 23), new(22, 24)],
        Root: 1).Validated("built in");

    /// <summary>The 17 keypoints of COCO, as HRNet finds them and pyskl's 2D files have them; bones are pyskl's.</summary>
    public static JointLayout Coco17 { get; } = new JointLayout(
        "coco-17",
        [
            "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow", "right elbow",
            "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle", "right ankle",
        ],
        [
            new(15, 13), new(13, 11), new(16, 14), new(14, 12), new(11, 5), new(12, 6), new(9, 7), new(7, 5), new(10, 8), new(8, 6),
            new(5, 0), new(6, 0), new(1, 0), new(3, 1), new(2, 0), new(4, 2),
        ],
        [.. Enumerable.Range(0, 8).Select(pair => new JointPair((2 * pair) + 1, (2 * pair) + 2))],
        Root: 0).Validated("built in");

    /// <summary>The 18 keypoints of OpenPose, as in ST-GCN's Kinetics-skeleton; bones are ST-GCN's, which hang from the neck.</summary>
    public static JointLayout OpenPose18 { get; } = new JointLayout(
        "openpose-18",
        [
            "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist",
            "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle", "right eye", "left eye", "right ear", "left ear",
        ],
        [
            new(4, 3), new(3, 2), new(7, 6), new(6, 5), new(13, 12), new(12, 11), new(10, 9), new(9, 8), new(11, 5), new(8, 2),
            new(5, 1), new(2, 1), new(0, 1), new(15, 0), new(14, 0), new(17, 15), new(16, 14),
        ],
        [.. Sides(5, 2, 3), .. Sides(11, 8, 3), new(15, 14), new(17, 16)],
        Root: 1).Validated("built in");

    public static IReadOnlyList<JointLayout> BuiltIn { get; } = [KinectV1, KinectV2, UtdMhad, Coco17, OpenPose18];

    /// <summary>Joints in a row: stands in for a layout where only sizes matter.</summary>
    public static JointLayout Row(int joints) =>
        new("row", [.. Enumerable.Range(0, joints).Select(joint => $"joint {joint}")], [.. Enumerable.Range(1, joints - 1).Select(joint => new Bone(joint, joint - 1))], [], Root: 0);

    /// <summary>A built-in layout by name, or the layout in the JSON file at that path.</summary>
    public static JointLayout Find(string nameOrFile)
    {
        var found = BuiltIn.FirstOrDefault(layout => string.Equals(layout.Name, nameOrFile, StringComparison.OrdinalIgnoreCase));
        if (found is not null)
        {
            return found;
        }

        return File.Exists(nameOrFile)
            ? JointLayoutFile.Read(nameOrFile)
            : throw new InputException(
                $"'{nameOrFile}' is neither a built-in joint layout ({string.Join(", ", BuiltIn.Select(layout => layout.Name))}) nor a file that describes one.");
    }

    /// <summary>The layout of data that has so many joints: the one that was asked for, or the one built-in layout that has as many.</summary>
    /// <param name="layout">Null where none was asked for.</param>
    /// <param name="joints">How many the data has.</param>
    /// <param name="source">What error messages begin with.</param>
    /// <exception cref="InputException">The layout has not as many; no built-in one has, or several have.</exception>
    public static JointLayout OfJoints(JointLayout? layout, int joints, string source)
    {
        layout ??= Only(built => built.Joints.Count == joints, source, $"{joints} joints");
        return layout.Joints.Count == joints
            ? layout
            : throw new InputException($"{source}: has {joints} joints where layout {layout.Name} has {layout.Joints.Count}; say --layout.");
    }

    /// <summary>The one built-in layout that fits.</summary>
    /// <param name="fits">Whether one does.</param>
    /// <param name="source">What error messages begin with.</param>
    /// <param name="what">What it has to fit, in the plural.</param>
    /// <exception cref="InputException">None does, or several do.</exception>
    public static JointLayout Only(Func<JointLayout, bool> fits, string source, string what)
    {
        var fitting = BuiltIn.Where(fits).ToList();
        return fitting is [var only]
            ? only
            : throw new InputException($"{source}: {what} {(fitting.Count == 0 ? "fit no built-in joint layout" : $"could be {string.Join(" or ", fitting.Select(layout => layout.Name))}")}; say --layout.");
    }

    /// <param name="name">The layout's name.</param>
    /// <param name="trunk">Joints 0 to 3.</param>
    /// <param name="spine">Indices of hip centre, spine, shoulder centre, head.</param>
    static JointLayout Twenty(string name, string[] trunk, int[] spine)
    {
        var bones = new List<Bone> { new(spine[1], spine[0]), new(spine[2], spine[1]), new(spine[3], spine[2]) };
        foreach (var (first, parent) in new[] { (4, spine[2]), (8, spine[2]), (12, spine[0]), (16, spine[0]) })
        {
            bones.Add(new Bone(first, parent));
            bones.AddRange(Enumerable.Range(first, 3).Select(joint => new Bone(joint + 1, joint)));
        }

        return new JointLayout(name, [.. trunk, .. Limbs], bones, [.. Sides(4, 8, 4), .. Sides(12, 16, 4)], spine[0]).Validated("built in");
    }

    static IEnumerable<JointPair> Sides(int left, int right, int count) =>
        Enumerable.Range(0, count).Select(i => new JointPair(left + i, right + i));
}

/// <summary>
/// A joint layout in JSON: <c>{"name", "joints": [names], "bones": [[child, parent]], "pairs": [[left, right]], "root"}</c>,
/// where a joint is given by its index or by its name.
/// </summary>
public static class JointLayoutFile
{
    const long MaxBytes = 1 << 20;

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

    static JsonElement Property(JsonElement parent, string key) =>
        parent.TryGetProperty(key, out var value) ? value : throw new FormatException($"'{key}' is missing");

    static IEnumerable<(int First, int Second)> Twos(JsonElement root, string key, string[] joints)
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

    static int Index(JsonElement joint, string[] joints)
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
