using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);
    public static Tensor sum(Tensor input, long dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);
    public static Tensor sum(Tensor input, long[] dim, bool keepdim = false, ScalarType? type = null) => input.sum(dim, keepdim, type);
    public static Tensor mean(Tensor input) => input.mean();
    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) => input.mean(dimensions, keepdim, type);
    public static Tensor var(Tensor input, bool unbiased = true) => input.var(unbiased);
    public static Tensor var(Tensor input, long[] dimensions, bool unbiased = true, bool keepdim = false) => input.var(dimensions, unbiased, keepdim);
    public static Tensor std(Tensor input, bool unbiased = true) => input.std(unbiased);
    public static Tensor std(Tensor input, long[] dimensions, bool unbiased = true, bool keepdim = false) => input.std(dimensions, unbiased, keepdim);
    public static Tensor max(Tensor input) => input.max();
    public static Tensor max(Tensor input, Tensor other) => input.maximum(other);
    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);
    public static Tensor min(Tensor input) => input.min();
    public static Tensor min(Tensor input, Tensor other) => input.minimum(other);
    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);
    public static Tensor argmax(Tensor input) => input.argmax();
    public static Tensor argmax(Tensor input, long dim, bool keepdim = false) => input.argmax(dim, keepdim);
    public static Tensor argmin(Tensor input, long dim, bool keepdim = false) => input.argmin(dim, keepdim);
    public static Tensor all(Tensor input) => input.all();
    public static Tensor any(Tensor input) => input.any();
    public static Tensor norm(Tensor input, float p = 2) => input.norm(p);
    public static Tensor logsumexp(Tensor input, long dim, bool keepdim = false) => input.logsumexp(dim, keepdim);
    public static Tensor cumsum(Tensor input, long dim, ScalarType? type = null) => input.cumsum(dim, type);
    public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
    public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);
    public static Tensor bincount(Tensor input, Tensor? weights = null, long minlength = 0) => input.bincount(weights, minlength);

    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Call("sum", this, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Call("sum.dim_IntList", this, dim, keepdim, type);
        public Tensor mean() => Call("mean", this, Argument.None);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Call("mean.dim", this, dimensions, keepdim, type);
        public Tensor var(bool unbiased = true) => Call("var", this, unbiased);
        public Tensor var(long dimensions, bool unbiased = true, bool keepdim = false) => var([dimensions], unbiased, keepdim);
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false) => Call("var.dim", this, dimensions, unbiased, keepdim);
        public Tensor std(bool unbiased = true) => Call("std", this, unbiased);
        public Tensor std(long dimensions, bool unbiased = true, bool keepdim = false) => std([dimensions], unbiased, keepdim);
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false) => Call("std.dim", this, dimensions, unbiased, keepdim);
        public (Tensor variance, Tensor mean) var_mean(long[] dimensions, bool unbiased = true, bool keepdim = false) => Call2("var_mean.dim", this, dimensions, unbiased, keepdim);
        public Tensor prod() => Call("prod", this, Argument.None);
        public Tensor prod(long dim, bool keepdim = false) => Call("prod.dim_int", this, dim, keepdim, Argument.None);
        public Tensor max() => Call("max", this);
        public Tensor max(Tensor other) => maximum(other);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Call2("max.dim", this, dim, keepdim);
        public Tensor min() => Call("min", this);
        public Tensor min(Tensor other) => minimum(other);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Call2("min.dim", this, dim, keepdim);
        public Tensor amax(params long[] dims) => Call("amax", this, dims, false);
        public Tensor amax(long[] dims, bool keepdim) => Call("amax", this, dims, keepdim);
        public Tensor amin(params long[] dims) => Call("amin", this, dims, false);
        public Tensor amin(long[] dims, bool keepdim) => Call("amin", this, dims, keepdim);
        public Tensor argmax() => Call("argmax", this);
        public Tensor argmax(long dim, bool keepdim = false) => Call("argmax", this, dim, keepdim);
        public Tensor argmin() => Call("argmin", this);
        public Tensor argmin(long dim, bool keepdim = false) => Call("argmin", this, dim, keepdim);
        public Tensor all() => Call("all", this);
        public Tensor all(long dim, bool keepdim = false) => Call("all.dim", this, dim, keepdim);
        public Tensor any() => Call("any", this);
        public Tensor any(long dim, bool keepdim = false) => Call("any.dim", this, dim, keepdim);
        public Tensor count_nonzero() => Call("count_nonzero", this);
        public Tensor median() => Call("median", this);
        public (Tensor values, Tensor indexes) median(long dim, bool keepdim = false) => Call2("median.dim", this, dim, keepdim);
        public (Tensor values, Tensor indices) mode(long dim = -1, bool keepdim = false) => Call2("mode", this, dim, keepdim);
        public Tensor norm(float p = 2) => Call("norm.Scalar", this, (double)p);
        public Tensor norm(int dim, bool keepdim = false, float p = 2) => Call("norm.ScalarOpt_dim", this, (double)p, (long[])[dim], keepdim);
        public Tensor logsumexp(long dim, bool keepdim = false) => Call("logsumexp", this, (long[])[dim], keepdim);
        public Tensor cumsum(long dim, ScalarType? type = null) => Call("cumsum", this, dim, type);
        public Tensor cumprod(long dim, ScalarType? type = null) => Call("cumprod", this, dim, type);
        public Tensor softmax(long dim, ScalarType? dtype = null) => Call("softmax.int", this, dim, dtype);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Call("log_softmax.int", this, dim, dtype);
        public Tensor diff(long n = 1, long dim = -1) => Call("diff", this, n, dim);
        public Tensor trace() => Call("trace", this);
        public Tensor bincount(Tensor? weights = null, long minlength = 0) => Call("bincount", this, weights, minlength);
    }
}
