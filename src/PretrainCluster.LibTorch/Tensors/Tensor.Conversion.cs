using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor to(ScalarType type, bool copy = false, bool non_blocking = false) => Call("to.dtype", this, type, non_blocking, copy, Argument.None);
        public Tensor to(ScalarType type, Device device, bool copy = false, bool non_blocking = false) => Call("to.device", this, device, type, non_blocking, copy, Argument.None);
        public Tensor to(Device device, bool copy = false, bool non_blocking = false) => to(dtype, device, copy, non_blocking);
        public Tensor to(string device, bool copy = false, bool non_blocking = false) => to(torch.device(device), copy, non_blocking);
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool non_blocking = false) => to(device(deviceType, deviceIndex), copy, non_blocking);
        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, non_blocking: non_blocking);
        public Tensor to_type(ScalarType type, bool copy = false) => to(type, copy);
        public Tensor type_as(Tensor tensor) => to(tensor.dtype);
        public Tensor type(ScalarType dtype) => to(dtype);
        public Tensor cpu() => to(CPU);
        public Tensor cuda(Device? device = null) => to(device ?? torch.device("cuda"));

        /// <summary>A copy in page-locked memory, from which and to which a GPU copies by itself. Needs one.</summary>
        public Tensor pin_memory() => Call("pin_memory", this, Argument.None);

        public Tensor @float() => to(ScalarType.Float32);
        public Tensor @double() => to(ScalarType.Float64);
        public Tensor @long() => to(ScalarType.Int64);
        public Tensor @int() => to(ScalarType.Int32);
        public Tensor @byte() => to(ScalarType.Byte);
        public Tensor @bool() => to(ScalarType.Bool);
        public Tensor half() => to(ScalarType.Float16);
        public Tensor bfloat16() => to(ScalarType.BFloat16);
    }
}
