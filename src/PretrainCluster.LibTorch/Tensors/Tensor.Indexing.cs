using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>Python's indexing: a view for numbers and ranges, a copy where a tensor indexes.</summary>
        public Tensor index(params TensorIndex[] indices)
        {
            var (view, tensors) = View(indices);
            return tensors.Length == 0 ? view : Call("index.Tensor", view, Argument.Optional(tensors));
        }

        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            var (view, tensors) = View(indices);
            if (tensors.Length == 0)
                view.copy_(value);
            else
                CallInPlace("index_put_", view, Argument.Optional(tensors), value, false);
            return this;
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            var (view, tensors) = View(indices);
            if (tensors.Length == 0)
                view.fill_(value);
            else
                CallInPlace("index_put_", view, Argument.Optional(tensors), tensor(value.ToDouble(), dtype: dtype, device: device), false);
            return this;
        }

        // Numbers, ranges and new axes become views at once; index tensors are left for one gather at the end.
        (Tensor View, Tensor?[] Indices) View(TensorIndex[] indices)
        {
            var view = alias();
            var tensors = new List<Tensor?>();
            var consumed = indices.Sum(index => index.What switch
            {
                TensorIndex.Kind.Ellipsis or TensorIndex.Kind.NewAxis => 0L,
                TensorIndex.Kind.Tensor => index.Indices!.dtype == ScalarType.Bool ? index.Indices.Dimensions : 1,
                _ => 1,
            });
            if (consumed > Dimensions)
                throw new TorchException($"too many indices for tensor of dimension {Dimensions}", TorchErrorKind.Index);
            var dim = 0L;
            foreach (var index in indices)
            {
                switch (index.What)
                {
                    case TensorIndex.Kind.Single:
                        view = view.select(dim, index.Start!.Value);
                        break;
                    case TensorIndex.Kind.Slice:
                        if (index.Start is not null || index.Stop is not null || index.Step != 1)
                            view = Call("slice.Tensor", view, dim, index.Start, index.Stop, index.Step);
                        dim++;
                        break;
                    case TensorIndex.Kind.NewAxis:
                        view = view.unsqueeze(dim++);
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        dim += Dimensions - consumed;
                        break;
                    case TensorIndex.Kind.Tensor:
                        while (tensors.Count < dim)
                            tensors.Add(null);
                        tensors.Add(index.Indices);
                        dim += index.Indices!.dtype == ScalarType.Bool ? index.Indices.Dimensions : 1;
                        break;
                }
            }
            return (view, [.. tensors]);
        }
    }
}
