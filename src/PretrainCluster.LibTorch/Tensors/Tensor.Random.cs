using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor uniform_(double from = 0, double to = 1) => CallInPlace("uniform_", this, from, to, Argument.None);
        public Tensor normal_(double mean = 0, double stddev = 1) => CallInPlace("normal_", this, mean, stddev, Argument.None);
        public Tensor bernoulli_(double p = 0.5) => CallInPlace("bernoulli_.float", this, p, Argument.None);
        public Tensor bernoulli() => Call("bernoulli", this, Argument.None);
        public Tensor multinomial(long num_samples, bool replacement = false) => Call("multinomial", this, num_samples, replacement, Argument.None);
    }
}
