using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static Tensor abs(Tensor input) => input.abs();
    public static Tensor neg(Tensor input) => input.neg();
    public static Tensor sqrt(Tensor input) => input.sqrt();
    public static Tensor rsqrt(Tensor input) => input.rsqrt();
    public static Tensor square(Tensor input) => input.square();
    public static Tensor exp(Tensor input) => input.exp();
    public static Tensor exp2(Tensor input) => input.exp2();
    public static Tensor expm1(Tensor input) => input.expm1();
    public static Tensor log(Tensor input) => input.log();
    public static Tensor log2(Tensor input) => input.log2();
    public static Tensor log10(Tensor input) => input.log10();
    public static Tensor log1p(Tensor input) => input.log1p();
    public static Tensor sin(Tensor input) => input.sin();
    public static Tensor cos(Tensor input) => input.cos();
    public static Tensor tan(Tensor input) => input.tan();
    public static Tensor asin(Tensor input) => input.asin();
    public static Tensor acos(Tensor input) => input.acos();
    public static Tensor atan(Tensor input) => input.atan();
    public static Tensor sinh(Tensor input) => input.sinh();
    public static Tensor cosh(Tensor input) => input.cosh();
    public static Tensor tanh(Tensor input) => input.tanh();
    public static Tensor erf(Tensor input) => input.erf();
    public static Tensor erfc(Tensor input) => input.erfc();
    public static Tensor erfinv(Tensor input) => input.erfinv();
    public static Tensor sigmoid(Tensor input) => input.sigmoid();
    public static Tensor relu(Tensor input) => input.relu();
    public static Tensor floor(Tensor input) => input.floor();
    public static Tensor ceil(Tensor input) => input.ceil();
    public static Tensor round(Tensor input) => input.round();
    public static Tensor trunc(Tensor input) => input.trunc();
    public static Tensor frac(Tensor input) => input.frac();
    public static Tensor sign(Tensor input) => input.sign();
    public static Tensor reciprocal(Tensor input) => input.reciprocal();
    public static Tensor isnan(Tensor input) => input.isnan();
    public static Tensor isinf(Tensor input) => input.isinf();
    public static Tensor isfinite(Tensor input) => input.isfinite();
    public static Tensor logical_not(Tensor input) => input.logical_not();

    public partial class Tensor
    {
        public Tensor abs() => Call("abs", this);
        public Tensor neg() => Call("neg", this);
        public Tensor sqrt() => Call("sqrt", this);
        public Tensor rsqrt() => Call("rsqrt", this);
        public Tensor square() => Call("square", this);
        public Tensor exp() => Call("exp", this);
        public Tensor exp2() => Call("exp2", this);
        public Tensor expm1() => Call("expm1", this);
        public Tensor log() => Call("log", this);
        public Tensor log2() => Call("log2", this);
        public Tensor log10() => Call("log10", this);
        public Tensor log1p() => Call("log1p", this);
        public Tensor sin() => Call("sin", this);
        public Tensor cos() => Call("cos", this);
        public Tensor tan() => Call("tan", this);
        public Tensor asin() => Call("asin", this);
        public Tensor acos() => Call("acos", this);
        public Tensor atan() => Call("atan", this);
        public Tensor sinh() => Call("sinh", this);
        public Tensor cosh() => Call("cosh", this);
        public Tensor tanh() => Call("tanh", this);
        public Tensor erf() => Call("erf", this);
        public Tensor erfc() => Call("erfc", this);
        public Tensor erfinv() => Call("erfinv", this);
        public Tensor sigmoid() => Call("sigmoid", this);
        public Tensor relu() => Call("relu", this);
        public Tensor floor() => Call("floor", this);
        public Tensor ceil() => Call("ceil", this);
        public Tensor round() => Call("round", this);
        public Tensor trunc() => Call("trunc", this);
        public Tensor frac() => Call("frac", this);
        public Tensor sign() => Call("sign", this);
        public Tensor reciprocal() => Call("reciprocal", this);
        public Tensor isnan() => Call("isnan", this);
        public Tensor isinf() => Call("isinf", this);
        public Tensor isfinite() => Call("isfinite", this);
        public Tensor logical_not() => Call("logical_not", this);

        public Tensor abs_() => CallInPlace("abs_", this);
        public Tensor neg_() => CallInPlace("neg_", this);
        public Tensor sqrt_() => CallInPlace("sqrt_", this);
        public Tensor rsqrt_() => CallInPlace("rsqrt_", this);
        public Tensor square_() => CallInPlace("square_", this);
        public Tensor exp_() => CallInPlace("exp_", this);
        public Tensor log_() => CallInPlace("log_", this);
        public Tensor log1p_() => CallInPlace("log1p_", this);
        public Tensor sin_() => CallInPlace("sin_", this);
        public Tensor cos_() => CallInPlace("cos_", this);
        public Tensor tanh_() => CallInPlace("tanh_", this);
        public Tensor erf_() => CallInPlace("erf_", this);
        public Tensor erfinv_() => CallInPlace("erfinv_", this);
        public Tensor sigmoid_() => CallInPlace("sigmoid_", this);
        public Tensor relu_() => CallInPlace("relu_", this);
        public Tensor floor_() => CallInPlace("floor_", this);
        public Tensor ceil_() => CallInPlace("ceil_", this);
        public Tensor round_() => CallInPlace("round_", this);
        public Tensor reciprocal_() => CallInPlace("reciprocal_", this);
        public Tensor zero_() => CallInPlace("zero_", this);
    }
}
