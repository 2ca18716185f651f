using System.Runtime.CompilerServices;
using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>The elements of a tensor on the CPU, in place.</summary>
        public TensorAccessor<T> data<T>() where T : unmanaged => new(this);

        /// <summary>The memory of a contiguous tensor on the CPU. It is valid while the tensor lives.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!is_contiguous())
                    throw new InvalidOperationException("the tensor is not contiguous");
                return new Span<byte>(DataPointer, checked((int)(numel() * element_size())));
            }
            set
            {
                if (value.Length != bytes.Length)
                    throw new ArgumentException($"the tensor holds {bytes.Length} bytes, not {value.Length}");
                value.CopyTo(bytes);
            }
        }

        /// <summary>The first element, for native code and spans. It is valid while the tensor lives.</summary>
        public void* DataPointer
        {
            get
            {
                if (is_cuda)
                    throw new InvalidOperationException("the tensor is on a GPU; cpu() copies it to the host");
                void* data;
                NativeStatus.Check(NativeMethods.pretrain_data(Handle, &data));
                return data;
            }
        }

        /// <summary>The only element, converted to <typeparamref name="T"/>.</summary>
        public T item<T>() where T : unmanaged
        {
            var scalar = ToScalar();
            if (typeof(T) == typeof(float)) return As(scalar.ToSingle());
            if (typeof(T) == typeof(double)) return As(scalar.ToDouble());
            if (typeof(T) == typeof(long)) return As(scalar.ToInt64());
            if (typeof(T) == typeof(int)) return As(scalar.ToInt32());
            if (typeof(T) == typeof(bool)) return As(scalar.ToBoolean());
            throw new NotSupportedException($"item<{typeof(T).Name}>");

            static T As<TValue>(TValue value) => Unsafe.As<TValue, T>(ref value);
        }

        public Scalar ToScalar()
        {
            var value = Dispatcher.CallValue("_local_scalar_dense", numel() == 1 ? this : throw new InvalidOperationException($"a tensor of {numel()} elements is no scalar"));
            return value.Tag switch
            {
                ValueTag.Double => value.Real,
                ValueTag.Bool => value.Integer != 0,
                _ => value.Integer,
            };
        }

        public float ToSingle() => ToScalar().ToSingle();
        public double ToDouble() => ToScalar().ToDouble();
        public long ToInt64() => ToScalar().ToInt64();
        public int ToInt32() => ToScalar().ToInt32();
        public bool ToBoolean() => ToScalar().ToBoolean();

        public static explicit operator float(Tensor tensor) => tensor.ToSingle();
        public static explicit operator double(Tensor tensor) => tensor.ToDouble();
        public static explicit operator long(Tensor tensor) => tensor.ToInt64();
        public static explicit operator int(Tensor tensor) => tensor.ToInt32();
        public static explicit operator bool(Tensor tensor) => tensor.ToBoolean();
    }
}
