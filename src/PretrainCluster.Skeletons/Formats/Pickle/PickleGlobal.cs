namespace PretrainCluster.Skeletons.Formats.Pickle;

/// <summary>The names that plain data and numpy arrays need. A pickle that has any other is refused.</summary>
enum PickleGlobal
{
    Reconstruct,
    Scalar,
    FromBuffer,
    NdArray,
    DataType,
    Encode,
    Bytes,
}

static class PickleGlobals
{
    /// <summary>By module and name, of Python 2 and 3, and of numpy before and since 2.0.</summary>
    static readonly Dictionary<(string Module, string Name), PickleGlobal> Known = new()
    {
        [("numpy.core.multiarray", "_reconstruct")] = PickleGlobal.Reconstruct,
        [("numpy._core.multiarray", "_reconstruct")] = PickleGlobal.Reconstruct,
        [("numpy.core.multiarray", "scalar")] = PickleGlobal.Scalar,
        [("numpy._core.multiarray", "scalar")] = PickleGlobal.Scalar,
        [("numpy.core.numeric", "_frombuffer")] = PickleGlobal.FromBuffer,
        [("numpy._core.numeric", "_frombuffer")] = PickleGlobal.FromBuffer,
        [("numpy", "ndarray")] = PickleGlobal.NdArray,
        [("numpy", "dtype")] = PickleGlobal.DataType,
        [("_codecs", "encode")] = PickleGlobal.Encode,
        [("__builtin__", "bytes")] = PickleGlobal.Bytes,
        [("builtins", "bytes")] = PickleGlobal.Bytes,
    };

    public static PickleGlobal? Find(string module, string name) => Known.TryGetValue((module, name), out var global) ? global : null;
}
