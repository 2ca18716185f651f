using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);
    public static Tensor dot(Tensor input, Tensor other) => input.dot(other);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => input.addmm(mat1, mat2, beta, alpha);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor einsum(string equation, params Tensor[] tensors) => Call("einsum", equation, tensors);
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2) => Call("cdist", x1, x2, p, Argument.None);

    /// <summary>Dense linear algebra; the slow, exact kind for analysis, not for a step.</summary>
    public static class linalg
    {
        public static Tensor norm(Tensor tensor, double ord = 2) => Call("linalg_vector_norm", tensor, ord);
        public static Tensor vector_norm(Tensor input, Scalar ord, long[] dims, bool keepdim = false) => Call("linalg_vector_norm", input, ord, dims, keepdim);
        public static Tensor inv(Tensor input) => Call("linalg_inv", input);
        public static Tensor solve(Tensor input, Tensor other) => Call("linalg_solve", input, other);
        public static Tensor cholesky(Tensor input) => Call("linalg_cholesky", input);
        public static Tensor det(Tensor input) => Call("linalg_det", input);
        public static (Tensor, Tensor) qr(Tensor input) => Call2("linalg_qr", input);
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Call2("linalg_eigh", input, UPLO.ToString());
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) => Call3("linalg_svd", input, fullMatrices);
        public static Tensor pinv(Tensor input, double rcond = 1e-15) => Call("linalg_pinv", input, rcond);
    }

    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => Call("matmul", this, target);
        public Tensor mm(Tensor target) => Call("mm", this, target);
        public Tensor mv(Tensor target) => Call("mv", this, target);
        public Tensor bmm(Tensor batch2) => Call("bmm", this, batch2);
        public Tensor dot(Tensor other) => Call("dot", this, other);
        public Tensor outer(Tensor vec2) => Call("outer", this, vec2);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => Call("addmm", this, mat1, mat2, (double)beta, (double)alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => CallInPlace("addmm_", this, mat1, mat2, (double)beta, (double)alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) => Call("baddbmm", this, batch1, batch2, (double)beta, (double)alpha);
        public Tensor inverse() => Call("linalg_inv", this);
    }
}
