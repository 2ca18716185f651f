using System.Text.Json;
using System.Text.Json.Serialization;

namespace PretrainCluster.Skeletons.Datasets;

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
