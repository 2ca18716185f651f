using System.Runtime.InteropServices;
using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static Tensor empty(params long[] size) => empty(size, null);
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Create("empty.memory_format", size, dtype, device, requires_grad);
    public static Tensor zeros(params long[] size) => zeros(size, null);
    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Create("zeros", size, dtype, device, requires_grad);
    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros([size], dtype, device, requires_grad);
    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => zeros([rows, columns], dtype, device, requires_grad);
    public static Tensor ones(params long[] size) => ones(size, null);
    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Create("ones", size, dtype, device, requires_grad);
    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones([size], dtype, device, requires_grad);
    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => ones([rows, columns], dtype, device, requires_grad);
    public static Tensor rand(params long[] size) => rand(size, null);
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Create("rand", size, dtype, device, requires_grad);
    public static Tensor randn(params long[] size) => randn(size, null);
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Create("randn", size, dtype, device, requires_grad);
    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Call("full", size, value, dtype ?? DefaultType(value), Argument.None, device).Require(requires_grad);
    public static Tensor full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full([size], value, dtype, device, requires_grad);
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null) => Call("randint.low", low, high, size, dtype ?? int64, Argument.None, device);
    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null) => randint(0, high, size, dtype, device);
    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null) => Call("randperm", n, dtype ?? int64, Argument.None, device);
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null) => Call("arange", stop, dtype, Argument.None, device);
    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null) => Call("arange.start", start, stop, dtype, Argument.None, device);
    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null) => Call("arange.start_step", start, stop, step, dtype, Argument.None, device);
    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null) => Call("linspace", start, end, steps, dtype, Argument.None, device);
    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null) => Call("eye.m", rows, columns < 0 ? rows : columns, dtype, Argument.None, device);
    public static Tensor empty_like(Tensor input, ScalarType? dtype = null, Device? device = null) => Call("empty_like", input, dtype, Argument.None, device);
    public static Tensor zeros_like(Tensor input, ScalarType? dtype = null, Device? device = null) => Call("zeros_like", input, dtype, Argument.None, device);
    public static Tensor ones_like(Tensor input, ScalarType? dtype = null, Device? device = null) => Call("ones_like", input, dtype, Argument.None, device);
    public static Tensor full_like(Tensor input, Scalar value, ScalarType? dtype = null, Device? device = null) => Call("full_like", input, value, dtype, Argument.None, device);
    public static Tensor rand_like(Tensor input) => Call("rand_like", input);
    public static Tensor randn_like(Tensor input) => Call("randn_like", input);

    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full([], scalar, dtype ?? float64, device, requires_grad);
    public static Tensor tensor(float scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => full([], scalar, dtype ?? float32, device, requires_grad);
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null) => full([], scalar, dtype ?? int64, device);
    public static Tensor tensor(int scalar, ScalarType? dtype = null, Device? device = null) => full([], scalar, dtype ?? int32, device);
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null) => full([], scalar, dtype ?? ScalarType.Bool, device);
    public static Tensor tensor(float[] values, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Copy<float>(values, [values.Length], dtype, device, requires_grad);
    public static Tensor tensor(double[] values, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Copy<double>(values, [values.Length], dtype, device, requires_grad);
    public static Tensor tensor(long[] values, ScalarType? dtype = null, Device? device = null) => Copy<long>(values, [values.Length], dtype, device);
    public static Tensor tensor(int[] values, ScalarType? dtype = null, Device? device = null) => Copy<int>(values, [values.Length], dtype, device);
    public static Tensor tensor(byte[] values, ScalarType? dtype = null, Device? device = null) => Copy<byte>(values, [values.Length], dtype, device);
    public static Tensor tensor(bool[] values, ScalarType? dtype = null, Device? device = null) => Copy<bool>(values, [values.Length], dtype, device);
    public static Tensor tensor(float[] values, long[] dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Copy<float>(values, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(double[] values, long[] dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => Copy<double>(values, dimensions, dtype, device, requires_grad);
    public static Tensor tensor(long[] values, long[] dimensions, ScalarType? dtype = null, Device? device = null) => Copy<long>(values, dimensions, dtype, device);
    public static Tensor tensor(int[] values, long[] dimensions, ScalarType? dtype = null, Device? device = null) => Copy<int>(values, dimensions, dtype, device);
    public static Tensor tensor(byte[] values, long[] dimensions, ScalarType? dtype = null, Device? device = null) => Copy<byte>(values, dimensions, dtype, device);
    public static Tensor tensor(bool[] values, long[] dimensions, ScalarType? dtype = null, Device? device = null) => Copy<bool>(values, dimensions, dtype, device);
    public static Tensor tensor(float[,] values, ScalarType? dtype = null, Device? device = null) => from_array(values, dtype, device);
    public static Tensor tensor(float[,,] values, ScalarType? dtype = null, Device? device = null) => from_array(values, dtype, device);
    public static Tensor tensor(double[,] values, ScalarType? dtype = null, Device? device = null) => from_array(values, dtype, device);
    public static Tensor tensor(long[,] values, ScalarType? dtype = null, Device? device = null) => from_array(values, dtype, device);

    /// <summary>A copy of an array of any rank.</summary>
    public static Tensor from_array(Array values, ScalarType? dtype = null, Device? device = null)
    {
        var shape = Enumerable.Range(0, values.Rank).Select(d => (long)values.GetLength(d)).ToArray();
        return values switch
        {
            float[] or float[,] or float[,,] or float[,,,] => Copy(Flat<float>(values), shape, dtype, device),
            double[] or double[,] or double[,,] or double[,,,] => Copy(Flat<double>(values), shape, dtype, device),
            long[] or long[,] or long[,,] or long[,,,] => Copy(Flat<long>(values), shape, dtype, device),
            int[] or int[,] or int[,,] or int[,,,] => Copy(Flat<int>(values), shape, dtype, device),
            byte[] or byte[,] or byte[,,] or byte[,,,] => Copy(Flat<byte>(values), shape, dtype, device),
            _ => throw new NotSupportedException($"there is no tensor of {values.GetType().GetElementType()}"),
        };
    }

    /// <summary>A tensor that holds a copy of <paramref name="values"/>.</summary>
    public static unsafe Tensor from_span<T>(ReadOnlySpan<T> values, params long[] shape) where T : unmanaged => Copy(values, shape, null, null);

    static Tensor Create(string name, long[] size, ScalarType? dtype, Device? device, bool requiresGrad) =>
        Call(name, size, dtype, Argument.None, device).Require(requiresGrad);

    static unsafe Tensor Copy<T>(ReadOnlySpan<T> values, long[] shape, ScalarType? dtype, Device? device, bool requiresGrad = false) where T : unmanaged
    {
        var own = TypeOf<T>();
        var result = empty(shape, own);
        var target = result.bytes;
        var source = MemoryMarshal.AsBytes(values);
        if (source.Length != target.Length)
        {
            result.Dispose();
            throw new ArgumentException($"{values.Length} values do not fill a tensor of shape [{string.Join(", ", shape)}]");
        }
        source.CopyTo(target);
        if ((dtype is not null && dtype != own) || (device is not null && device != CPU))
        {
            var there = result.to(dtype ?? own, device ?? CPU);
            result.Dispose();
            result = there;
        }
        return result.Require(requiresGrad);
    }

    static ReadOnlySpan<T> Flat<T>(Array values) where T : unmanaged =>
        MemoryMarshal.CreateReadOnlySpan(ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(values)), values.Length);

    static ScalarType DefaultType(Scalar value) => value.Type == ScalarType.Float64 ? float32 : value.Type;

    static Tensor Require(this Tensor tensor, bool requiresGrad) => requiresGrad ? tensor.requires_grad_() : tensor;
}
