using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        NativeMetadata Metadata
        {
            get
            {
                NativeMetadata metadata;
                NativeStatus.Check(NativeMethods.pretrain_metadata(Handle, &metadata));
                GC.KeepAlive(this);
                return metadata;
            }
        }

        public long Dimensions
        {
            get
            {
                long dimensions;
                NativeStatus.Check(NativeMethods.pretrain_dim(Handle, &dimensions));
                GC.KeepAlive(this);
                return dimensions;
            }
        }

        public long[] shape => Shape(strides: false);

        public long dim() => Dimensions;
        public long ndim => Dimensions;
        public long[] size() => shape;
        public long size(int dim) => shape is var sizes && dim < 0 ? sizes[sizes.Length + dim] : sizes[dim];
        public long[] stride() => Shape(strides: true);
        public long stride(int dim) => stride() is var strides && dim < 0 ? strides[strides.Length + dim] : strides[dim];
        public long numel() => Metadata.Elements;
        public long NumberOfElements => numel();
        public long element_size() => Metadata.ElementSize;
        public long ElementSize => element_size();
        public long storage_offset() => Metadata.StorageOffset;
        public ScalarType dtype => (ScalarType)Metadata.ScalarType;
        public DeviceType device_type => (DeviceType)Metadata.DeviceType;
        public int device_index => Metadata.DeviceIndex;
        public Device device => Metadata is var metadata && metadata.DeviceType == 0 ? CPU : new Device((DeviceType)metadata.DeviceType, metadata.DeviceIndex);
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public bool is_leaf => Metadata.IsLeaf != 0;
        public bool is_contiguous() => Metadata.IsContiguous != 0;
        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool requires_grad
        {
            get => Metadata.RequiresGrad != 0;
            set => requires_grad_(value);
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            NativeStatus.Check(NativeMethods.pretrain_set_requires_grad(Handle, requires_grad ? 1 : 0));
            GC.KeepAlive(this);
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>What backward accumulated here; a new handle of the gradient, or null.</summary>
        public Tensor? grad
        {
            get
            {
                nint gradient;
                NativeStatus.Check(NativeMethods.pretrain_gradient(Handle, &gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                NativeStatus.Check(NativeMethods.pretrain_set_gradient(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph);

        public override string ToString() => IsInvalid ? "[disposed]" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        long[] Shape(bool strides)
        {
            var sizes = new long[Dimensions];
            var steps = new long[sizes.Length];
            fixed (long* size = sizes, step = steps)
                NativeStatus.Check(NativeMethods.pretrain_shape(Handle, size, strides ? step : null));
            GC.KeepAlive(this);
            return strides ? steps : sizes;
        }
    }
}
