namespace PretrainCluster.LibTorch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>PyTorch's initialisations, in place, drawn from libtorch's generator.</summary>
        public static class init
        {
            public static Tensor zeros_(Tensor tensor) => Untracked(() => tensor.zero_());
            public static Tensor ones_(Tensor tensor) => Untracked(() => tensor.fill_(1));
            public static Tensor constant_(Tensor tensor, Scalar val) => Untracked(() => tensor.fill_(val));
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1) => Untracked(() => tensor.uniform_(low, high));
            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1) => Untracked(() => tensor.normal_(mean, std));

            /// <summary>Glorot and Bengio, AISTATS 2010.</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>He et al., ICCV 2015, for a leaky ReLU of slope <paramref name="a"/>.</summary>
            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0)
            {
                var bound = Math.Sqrt(6.0 / ((1 + a * a) * CalculateFanInAndFanOut(tensor).fanIn));
                return uniform_(tensor, -bound, bound);
            }

            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException("fan in and fan out need two dimensions or more");
                var receptive = shape.Skip(2).Aggregate(1L, (product, size) => product * size);
                return (shape[1] * receptive, shape[0] * receptive);
            }

            static Tensor Untracked(Func<Tensor> change)
            {
                using var _ = no_grad();
                return change();
            }
        }
    }
}
