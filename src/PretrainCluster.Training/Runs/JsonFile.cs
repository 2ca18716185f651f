using System.Text.Json;
using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Training.Runs;

/// <summary>One JSON value per file, in the project's form.</summary>
public static class JsonFile
{
    const long MaxBytes = 256L << 20;

    public static void Write<T>(string path, T value) =>
        AtomicFile.WriteAllBytes(path, [.. JsonSerializer.SerializeToUtf8Bytes(value, JsonText.Indented), (byte)'\n']);

    public static T Read<T>(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new InputException($"{path}: larger than {MaxBytes >> 20} MiB, which no such file is");
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), JsonText.Indented)
                ?? throw new InputException($"{path}: holds null; remove it");
        }
        catch (FileNotFoundException inner)
        {
            throw new InputException($"{path}: not there", inner);
        }
        catch (JsonException inner)
        {
            throw new InputException($"{path}, line {inner.LineNumber + 1}: not what this version writes ({inner.Message}); remove or restore it", inner);
        }
    }
}
