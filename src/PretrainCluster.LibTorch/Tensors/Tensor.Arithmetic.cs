using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static Tensor mul(Tensor left, Tensor right) => left.mul(right);
    public static Tensor mul(Tensor left, Scalar right) => left.mul(right);
    public static Tensor div(Tensor left, Tensor right) => left.div(right);
    public static Tensor div(Tensor left, Scalar right) => left.div(right);
    public static Tensor add(Tensor left, Tensor right) => left.add(right);
    public static Tensor add(Tensor left, Tensor right, Scalar alpha) => left.add(right, alpha);
    public static Tensor add(Tensor left, Scalar right) => left.add(right);
    public static Tensor sub(Tensor left, Tensor right) => left.sub(right);
    public static Tensor sub(Tensor left, Tensor right, Scalar alpha) => left.sub(right, alpha);
    public static Tensor sub(Tensor left, Scalar right) => left.sub(right);
    public static Tensor pow(Tensor left, Tensor exponent) => left.pow(exponent);
    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);
    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);
    public static Tensor atan2(Tensor input, Tensor other) => input.atan2(other);
    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcmul(tensor1, tensor2, value);
    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcdiv(tensor1, tensor2, value);
    public static Tensor lerp(Tensor input, Tensor end, Tensor weight) => input.lerp(end, weight);
    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Call("where.self", condition, x, y);
    public static Tensor where(Tensor condition, Tensor x, Scalar y) => Call("where.ScalarOther", condition, x, y);
    public static Tensor where(Tensor condition, Scalar x, Tensor y) => Call("where.ScalarSelf", condition, x, y);

    public partial class Tensor
    {
        public Tensor mul(Tensor other) => Call("mul.Tensor", this, other);
        public Tensor mul(Scalar other) => Call("mul.Scalar", this, other);
        public Tensor mul_(Tensor other) => CallInPlace("mul_.Tensor", this, other);
        public Tensor mul_(Scalar other) => CallInPlace("mul_.Scalar", this, other);
        public Tensor div(Tensor other) => Call("div.Tensor", this, other);
        public Tensor div(Scalar other) => Call("div.Scalar", this, other);
        public Tensor div_(Tensor other) => CallInPlace("div_.Tensor", this, other);
        public Tensor div_(Scalar other) => CallInPlace("div_.Scalar", this, other);
        public Tensor add(Tensor other) => Call("add.Tensor", this, other, 1L);
        public Tensor add(Tensor other, Scalar alpha) => Call("add.Tensor", this, other, alpha);
        public Tensor add(Scalar other) => Call("add.Scalar", this, other, 1L);
        public Tensor add_(Tensor other) => CallInPlace("add_.Tensor", this, other, 1L);
        public Tensor add_(Tensor other, Scalar alpha) => CallInPlace("add_.Tensor", this, other, alpha);
        public Tensor add_(Scalar other) => CallInPlace("add_.Scalar", this, other, 1L);
        public Tensor sub(Tensor other) => Call("sub.Tensor", this, other, 1L);
        public Tensor sub(Tensor other, Scalar alpha) => Call("sub.Tensor", this, other, alpha);
        public Tensor sub(Scalar other) => Call("sub.Scalar", this, other, 1L);
        public Tensor sub_(Tensor other) => CallInPlace("sub_.Tensor", this, other, 1L);
        public Tensor sub_(Tensor other, Scalar alpha) => CallInPlace("sub_.Tensor", this, other, alpha);
        public Tensor sub_(Scalar other) => CallInPlace("sub_.Scalar", this, other, 1L);
        public Tensor pow(Tensor exponent) => Call("pow.Tensor_Tensor", this, exponent);
        public Tensor pow(Scalar exponent) => Call("pow.Tensor_Scalar", this, exponent);
        public Tensor pow_(Scalar exponent) => CallInPlace("pow_.Scalar", this, exponent);
        public Tensor remainder(Scalar other) => Call("remainder.Scalar", this, other);
        public Tensor floor_divide(Scalar other) => Call("floor_divide.Scalar", this, other);
        public Tensor maximum(Tensor other) => Call("maximum", this, other);
        public Tensor minimum(Tensor other) => Call("minimum", this, other);
        public Tensor atan2(Tensor other) => Call("atan2", this, other);
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Call("addcmul", this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => CallInPlace("addcmul_", this, tensor1, tensor2, value);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Call("addcdiv", this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => CallInPlace("addcdiv_", this, tensor1, tensor2, value);
        public Tensor lerp(Tensor end, Tensor weight) => Call("lerp.Tensor", this, end, weight);
        public Tensor lerp(Tensor end, Scalar weight) => Call("lerp.Scalar", this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => CallInPlace("lerp_.Tensor", this, end, weight);
        public Tensor lerp_(Tensor end, Scalar weight) => CallInPlace("lerp_.Scalar", this, end, weight);
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Call("clamp", this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => CallInPlace("clamp_", this, min, max);
        public Tensor clamp_min(Scalar min) => Call("clamp_min", this, min);
        public Tensor clamp_max(Scalar max) => Call("clamp_max", this, max);
        public Tensor nan_to_num(double? nan = null, double? posinf = null, double? neginf = null) => Call("nan_to_num", this, nan, posinf, neginf);
        public Tensor fill_(Scalar value) => CallInPlace("fill_.Scalar", this, value);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => CallInPlace("copy_", this, source, nonBlocking);

        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator -(Scalar left, Tensor right) => Call("rsub.Scalar", right, left, 1L);
        public static Tensor operator /(Scalar left, Tensor right) => right.reciprocal().mul(left);
        public static Tensor operator -(Tensor tensor) => tensor.neg();
        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);
    }
}
