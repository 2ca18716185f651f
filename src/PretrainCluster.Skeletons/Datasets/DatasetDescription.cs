using System.Text.Json;
using System.Text.Json.Serialization;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>What dataset.json says: everything about a dataset but the clips themselves (docs/dataset-format.md).</summary>
public sealed record DatasetDescription
{
    public const string FileName = "dataset.json";
    public const string CurrentFormat = "pretrain-cluster/skeletons";
    public const int CurrentVersion = 1;

    public required string Format { get; init; }
    public required int Version { get; init; }
    public required string Name { get; init; }

    [JsonConverter(typeof(JointLayoutJson))]
    public required JointLayout Layout { get; init; }

    /// <summary>Places for persons in every clip; who is absent is all zeros.</summary>
    public required int Persons { get; init; }

    public required CoordinateType Coordinates { get; init; }
    public required long Clips { get; init; }

    /// <summary>Frames of all clips together.</summary>
    public required long Frames { get; init; }

    public required int ShortestClip { get; init; }
    public required int LongestClip { get; init; }

    /// <summary>What was done to the coordinates; figures of different families do not compare.</summary>
    public required string Preprocessing { get; init; }

    /// <summary>In the order of the labels; a clip's label is the index here, or -1 where the source has none.</summary>
    public required IReadOnlyList<ClassDescription> Classes { get; init; }

    /// <summary>The source's own numbers, ascending, of the clips that have one.</summary>
    public required IReadOnlyList<int> Subjects { get; init; }

    /// <inheritdoc cref="Subjects"/>
    public required IReadOnlyList<int> Views { get; init; }

    /// <inheritdoc cref="Subjects"/>
    public required IReadOnlyList<int> Setups { get; init; }

    public required IReadOnlyList<SplitDescription> Splits { get; init; }

    /// <summary>The files that the dataset was made from.</summary>
    public required IReadOnlyList<SourceFile> Sources { get; init; }

    /// <summary>Samples of the source that are missing here or need care, each with its reason.</summary>
    public required IReadOnlyList<SampleDefect> Defects { get; init; }

    /// <summary>In the order of the clips.</summary>
    public required IReadOnlyList<ShardDescription> Shards { get; init; }

    /// <summary>The splits' sample indices.</summary>
    public required FileDescription SplitFile { get; init; }
}

/// <summary>A class and how many clips it has.</summary>
public sealed record ClassDescription(string Name, long Clips);

/// <summary>A split and how many clips its sides have.</summary>
/// <param name="Name">Such as xsub.</param>
/// <param name="Train">Clips that are trained on.</param>
/// <param name="Test">Clips that are only evaluated on.</param>
/// <param name="Rule">What decides, in words.</param>
public sealed record SplitDescription(string Name, long Train, long Test, string? Rule = null);

/// <summary>A file that clips came from.</summary>
/// <param name="Name">Without the folder that it lay in.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its content, in lower-case hex.</param>
public sealed record SourceFile(string Name, long Bytes, string Sha256);

/// <summary>Why a sample of the source is not in the dataset, or not to be trusted.</summary>
public enum DefectKind
{
    /// <summary>Left out: nothing in it, or the source lists it as missing.</summary>
    Skipped,

    /// <summary>Left out: the file cannot be read.</summary>
    Broken,

    /// <summary>Kept, but its coordinates occur elsewhere, too.</summary>
    Duplicate,

    /// <summary>Kept, but changed or cut.</summary>
    Repaired,
}

/// <summary>One sample with a defect.</summary>
public sealed record SampleDefect(string Sample, DefectKind Kind, string Reason);

/// <summary>A file of the dataset's folder.</summary>
/// <param name="File">Its name, without a folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its content, in lower-case hex.</param>
public record FileDescription(string File, long Bytes, string Sha256);

/// <summary>A shard: a safetensors file that holds some of the clips.</summary>
/// <param name="File">Its name, without a folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Of its content, in lower-case hex.</param>
/// <param name="Clips">How many clips it holds.</param>
/// <param name="Frames">Frames of its clips together.</param>
public sealed record ShardDescription(string File, long Bytes, string Sha256, int Clips, long Frames) : FileDescription(File, Bytes, Sha256);

/// <summary>The two sides of a split, as indices into the dataset.</summary>
public sealed record DatasetSplit(string Name, SampleIndices Train, SampleIndices Test);

/// <summary>How coordinates are stored. Half precision has steps of 2 mm at 3 m, well below a depth camera's noise, and halves what is read.</summary>
public enum CoordinateType
{
    Float32,
    Float16,
}

/// <summary>What is known of a dataset before its first clip.</summary>
/// <param name="Name">Such as ntu60.</param>
/// <param name="Layout">Of every clip.</param>
/// <param name="Persons">Places for persons in every clip; clips with fewer are filled up with zeros.</param>
/// <param name="Classes">Names in the order of the labels.</param>
/// <param name="Preprocessing">What was done to the coordinates.</param>
/// <param name="Coordinates">How they are stored.</param>
public sealed record DatasetHeader(
    string Name,
    JointLayout Layout,
    int Persons,
    IReadOnlyList<string> Classes,
    string Preprocessing,
    CoordinateType Coordinates = CoordinateType.Float32);

/// <summary>How a dataset is written.</summary>
public sealed record DatasetWriterOptions
{
    /// <summary>A shard's coordinates take at most this many bytes, unless a single clip takes more.</summary>
    public long ShardBytes { get; init; } = 64 << 20;

    /// <summary>Replaces a dataset that is already in the folder; a folder that holds anything else is never touched.</summary>
    public bool Replace { get; init; }
}

/// <summary>A joint layout inside dataset.json, written as <see cref="JointLayoutFile"/> reads it.</summary>
sealed class JointLayoutJson : JsonConverter<JointLayout>
{
    public override JointLayout Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return JointLayoutFile.Parse(JsonSerializer.SerializeToUtf8Bytes(document.RootElement), $"{DatasetDescription.FileName}, key 'layout'");
    }

    public override void Write(Utf8JsonWriter writer, JointLayout value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteString("name", value.Name);
        writer.WritePropertyName("joints");
        JsonSerializer.Serialize(writer, value.Joints, options);
        writer.WritePropertyName("bones");
        JsonSerializer.Serialize(writer, value.Bones.Select(bone => new[] { bone.Child, bone.Parent }), options);
        writer.WritePropertyName("pairs");
        JsonSerializer.Serialize(writer, value.Pairs.Select(pair => new[] { pair.Left, pair.Right }), options);
        writer.WriteNumber("root", value.Root);
        writer.WriteEndObject();
    }
}
