using System.Text;

namespace PretrainCluster.Skeletons.Formats.Ntu;

/// <summary>The published lists of samples whose skeletons are missing or wrong: one name a line, after some lines of prose in the official files.</summary>
public static class MissingList
{
    public static IReadOnlySet<string> Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such list of missing samples.");

        using var file = File.OpenRead(path);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var reader = new LineReader(file, path);
        while (reader.TryRead(out var line))
            if (NtuName.TryParse(Encoding.UTF8.GetString(line).AsSpan().Trim(), out var name))
                names.Add(name.ToString());
        return names.Count > 0 ? names : throw new InputException($"{path}: names no sample; expected names such as S001C002P005R002A008, one a line.");
    }
}
