using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Call("cat", tensors.ToArray(), dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Call("stack", tensors.ToArray(), dim);
    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor squeeze(Tensor input, long dim) => input.squeeze(dim);
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);
    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);
    public static Tensor roll(Tensor input, long[] shifts, long[] dims) => input.roll(shifts, dims);
    public static Tensor[] unbind(Tensor input, long dimension = 0) => input.unbind(dimension);
    public static Tensor[] split(Tensor tensor, long size, long dim = 0) => tensor.split(size, dim);
    public static Tensor[] split(Tensor tensor, long[] sizes, long dim = 0) => tensor.split(sizes, dim);
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);
    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);
    public static Tensor clone(Tensor input) => input.clone();

    public partial class Tensor
    {
        public Tensor reshape(params long[] shape) => Call("reshape", this, shape);
        public Tensor view(params long[] shape) => Call("view", this, shape);
        public Tensor view_as(Tensor other) => view(other.shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Call("flatten.using_ints", this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes) => Call("unflatten.int", this, dim, sizes, Argument.None);
        public Tensor squeeze() => Call("squeeze", this);
        public Tensor squeeze(long dim) => Call("squeeze.dim", this, dim);
        public Tensor unsqueeze(long dim) => Call("unsqueeze", this, dim);
        public Tensor t() => Call("t", this);
        public Tensor T => Call("numpy_T", this);
        public Tensor mT => transpose(-2, -1);
        public Tensor transpose(long dim0, long dim1) => Call("transpose.int", this, dim0, dim1);
        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);
        public Tensor permute(params long[] permutation) => Call("permute", this, permutation);
        public Tensor movedim(long[] source, long[] destination) => Call("movedim.intlist", this, source, destination);
        public Tensor expand(params long[] sizes) => Call("expand", this, sizes, false);
        public Tensor expand_as(Tensor other) => expand(other.shape);
        public Tensor repeat(params long[] sizes) => Call("repeat", this, sizes);
        public Tensor repeat_interleave(long repeats, long? dim = null) => Call("repeat_interleave.self_int", this, repeats, dim, Argument.None);
        public Tensor tile(long[] reps) => Call("tile", this, reps);
        public Tensor flip(params long[] dims) => Call("flip", this, dims);
        public Tensor roll(long shifts, long dims) => Call("roll", this, (long[])[shifts], (long[])[dims]);
        public Tensor roll(long[] shifts, long[] dims) => Call("roll", this, shifts, dims);
        public Tensor contiguous() => Call("contiguous", this, 0L);
        public Tensor clone() => Call("clone", this, Argument.None);
        public Tensor detach() => Call("detach", this);
        public Tensor detach_() => CallInPlace("detach_", this);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Call("as_strided", this, size, strides, storageOffset);
        public Tensor unfold(long dimension, long size, long step) => Call("unfold", this, dimension, size, step);
        public Tensor[] unbind(long dimension = 0) => CallList("unbind.int", this, dimension);
        public Tensor[] split(long size, long dim = 0) => CallList("split.Tensor", this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => CallList("split_with_sizes", this, sizes, dim);
        public Tensor[] chunk(long chunks, long dim = 0) => CallList("chunk", this, chunks, dim);
        public Tensor tril(long diagonal = 0) => Call("tril", this, diagonal);
        public Tensor triu(long diagonal = 0) => Call("triu", this, diagonal);
        public Tensor diag(long diagonal = 0) => Call("diag", this, diagonal);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Call("diagonal", this, offset, dim1, dim2);
    }
}
