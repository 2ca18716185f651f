using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    /// <summary>No graph is recorded on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);
    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);
    public static bool is_grad_enabled() => NativeMethods.pretrain_grad_mode() != 0;

    sealed class GradMode : IDisposable
    {
        readonly int _before = NativeMethods.pretrain_grad_mode();

        public GradMode(bool enabled) => NativeMethods.pretrain_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => NativeMethods.pretrain_set_grad_mode(_before);
    }

    /// <summary>Operators that gain from it run in <paramref name="dtype"/> (bfloat16 by default) on this thread, until the result is disposed.</summary>
    public static IDisposable autocast(DeviceType device = DeviceType.CPU, ScalarType dtype = ScalarType.BFloat16, bool enabled = true) => new Autocast(device, dtype, enabled);

    sealed unsafe class Autocast : IDisposable
    {
        readonly int _device, _enabledBefore, _typeBefore;

        public Autocast(DeviceType device, ScalarType dtype, bool enabled)
        {
            _device = (int)device;
            int type;
            _enabledBefore = NativeMethods.pretrain_autocast(_device, &type);
            _typeBefore = type;
            NativeStatus.Check(NativeMethods.pretrain_set_autocast(_device, enabled ? 1 : 0, (int)dtype));
        }

        public void Dispose() => NativeStatus.Check(NativeMethods.pretrain_set_autocast(_device, _enabledBefore, _typeBefore));
    }

    public static unsafe class autograd
    {
        /// <summary>Adds the gradients of <paramref name="tensors"/> to the leaves that they depend on.</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false)
        {
            nint[] outputs = Handles(tensors), gradients = Handles(grad_tensors);
            fixed (nint* output = outputs, gradient = gradients)
                NativeStatus.Check(NativeMethods.pretrain_backward(output, outputs.Length, gradient, gradients.Length, retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
        }

        /// <summary>
        /// The gradients of the sum of <paramref name="outputs"/> with respect to <paramref name="inputs"/>, in their order; nothing is accumulated anywhere,
        /// so several threads may differentiate by shared parameters at once. With <paramref name="allow_unused"/>, an input that the outputs
        /// do not depend on is null in the result instead of an error.
        /// </summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] from = Handles(outputs), by = Handles(inputs), seeds = Handles(grad_outputs);
            var results = new nint[by.Length];
            fixed (nint* output = from, input = by, seed = seeds, result = results)
                NativeStatus.Check(NativeMethods.pretrain_grad(output, from.Length, input, by.Length, seed, seeds.Length, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, result));
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return Array.ConvertAll(results, handle => handle == 0 ? null! : new Tensor(handle));
        }

        static nint[] Handles(IList<Tensor>? tensors) => tensors?.Select(tensor => tensor?.Handle ?? 0).ToArray() ?? [];
    }
}
