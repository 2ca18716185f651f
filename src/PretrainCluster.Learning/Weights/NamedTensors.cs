using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Learning.Weights;

/// <summary>Weights and optimiser state, by name, between tensors and safetensors files.</summary>
public static class NamedTensors
{
    const int ListedNames = 5;

    /// <summary>Copies to host memory; the tensors may change afterwards.</summary>
    public static IReadOnlyList<HostTensor> Snapshot(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return [.. tensors.Select(tensor => new HostTensor(tensor.Name, TypeOf(tensor.Value), tensor.Value.shape, Bytes(tensor.Value)))];
    }

    /// <summary>Writes a safetensors file, atomically.</summary>
    public static void Write(string path, IEnumerable<HostTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafeTensorsWriter.WriteFile(path, tensors.Select(tensor => (tensor.Name, tensor.Type, tensor.Shape, tensor.Data)), metadata);

    /// <summary>Writes the same bytes to a stream.</summary>
    public static void Write(Stream stream, IReadOnlyList<HostTensor> tensors)
    {
        var ordered = tensors.OrderByDescending(tensor => tensor.Type.Size()).ToArray();
        using var writer = new SafeTensorsWriter(stream, ordered.Select(tensor => new TensorDeclaration(tensor.Name, tensor.Type, tensor.Shape)));
        foreach (var tensor in ordered)
            writer.Write(tensor.Name, tensor.Data.Span);
        writer.Complete();
    }

    /// <summary>Fills tensors in place from a file; either all of them or, when anything does not fit, none.</summary>
    /// <param name="file">opened by the caller</param>
    /// <param name="tensors">what is filled; each must be in the file, in its type and shape</param>
    /// <param name="what">names the whole in an error, e.g. "encoder of width 256 and depth 8"</param>
    /// <param name="isIgnored">names in the file that need not belong here; any other is an error</param>
    /// <exception cref="InputException">One sentence that lists what is missing, unexpected or of another shape.</exception>
    public static void Restore(SafeTensorsFile file, NamedState tensors, string what, Func<string, bool>? isIgnored = null)
    {
        var expected = tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var missing = tensors.Where(tensor => !file.Tensors.ContainsKey(tensor.Name)).Select(tensor => tensor.Name).ToList();
        var unexpected = file.Tensors.Keys.Where(name => !expected.Contains(name) && isIgnored?.Invoke(name) != true).ToList();
        var misshapen = tensors.Where(tensor => file.Tensors.TryGetValue(tensor.Name, out var info) && !Fits(info, tensor.Value))
            .Select(tensor => $"{tensor.Name} ({Describe(file.Tensors[tensor.Name])} in place of {Describe(tensor.Value)})").ToList();
        var faults = new[] { List("missing", missing), List("of another shape or type", misshapen), List("unexpected", unexpected) }.Where(text => text.Length > 0);
        var fault = string.Join("; ", faults);
        if (fault.Length > 0)
            throw new InputException($"{file.Path} does not fit the {what}: {fault}. Use the plan that it was trained with.");

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, value) in tensors)
            value.copy_(FromFile(file, name, value));
    }

    /// <summary>
    /// SHA-256 over all tensors in ordinal order of their names, each as a line "NAME TYPE [d0,d1,...]\n" followed by its data:
    /// one digest for the same weights, whatever file holds them and in which order.
    /// </summary>
    /// <returns>64 lower-case hexadecimal digits</returns>
    public static string Sha256(IEnumerable<HostTensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.Type.Code()} [{string.Join(',', tensor.Shape)}]\n"));
            hash.AppendData(tensor.Data.Span);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static bool Fits(TensorInfo info, Tensor value) => info.Type == TypeOf(value) && info.Shape.SequenceEqual(value.shape);

    static string Describe(TensorInfo info) => $"{info.Type.Code()} [{string.Join(", ", info.Shape)}]";

    static string Describe(Tensor value) => $"{TypeOf(value).Code()} [{string.Join(", ", value.shape)}]";

    static string List(string fault, List<string> names) => names.Count == 0 ? ""
        : $"{fault}: {string.Join(", ", names.Take(ListedNames))}{(names.Count > ListedNames ? $" and {names.Count - ListedNames} more" : "")}";

    /// <summary>How a tensor is written.</summary>
    public static TensorType TypeOf(Tensor value) => value.dtype switch
    {
        ScalarType.Float32 => TensorType.F32,
        ScalarType.Float64 => TensorType.F64,
        ScalarType.Int64 => TensorType.I64,
        _ => throw new NotSupportedException($"Tensors of type {value.dtype} are not written."),
    };

    static byte[] Bytes(Tensor value)
    {
        var host = value.detach().cpu().contiguous();
        return host.dtype switch
        {
            ScalarType.Float32 => MemoryMarshal.AsBytes<float>(host.data<float>().ToArray()).ToArray(),
            ScalarType.Float64 => MemoryMarshal.AsBytes<double>(host.data<double>().ToArray()).ToArray(),
            _ => MemoryMarshal.AsBytes<long>(host.data<long>().ToArray()).ToArray(),
        };
    }

    static Tensor FromFile(SafeTensorsFile file, string name, Tensor like) => like.dtype switch
    {
        ScalarType.Float32 => tensor(file.Read<float>(name).ToArray(), like.shape),
        ScalarType.Float64 => tensor(file.Read<double>(name).ToArray(), like.shape),
        _ => tensor(file.Read<long>(name).ToArray(), like.shape),
    };
}

/// <summary>A tensor's copy in this process's own memory, ready to be written.</summary>
/// <param name="Name">its public name</param>
/// <param name="Type">element type</param>
/// <param name="Shape">row-major</param>
/// <param name="Data">elements, little-endian</param>
public sealed record HostTensor(string Name, TensorType Type, long[] Shape, ReadOnlyMemory<byte> Data);
