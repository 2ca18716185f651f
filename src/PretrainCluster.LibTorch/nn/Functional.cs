using PretrainCluster.LibTorch.Interop;
using static PretrainCluster.LibTorch.Interop.Dispatcher;

namespace PretrainCluster.LibTorch;

public enum InterpolationMode
{
    Nearest,
    Linear,
    Bilinear,
}

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>How a loss over many terms becomes its value; the numbers are libtorch's.</summary>
        public enum Reduction
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Call("linear", input, weights, bias);
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) => Call("layer_norm", input, normalized_shape, weight, bias, eps);
            public static Tensor gelu(Tensor x) => Call("gelu", x);
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();
            public static Tensor leaky_relu(Tensor x, double negative_slope = 0.01) => Call("leaky_relu", x, negative_slope);
            public static Tensor silu(Tensor x) => Call("silu", x);
            public static Tensor elu(Tensor x, double alpha = 1) => Call("elu", x, alpha);
            public static Tensor softplus(Tensor x) => Call("softplus", x);
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
            public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true) => Call("dropout", input, p, training);
            public static Tensor embedding(Tensor x, Tensor weight) => Call("embedding", weight, x);
            public static Tensor one_hot(Tensor x, long num_classes = -1) => Call("one_hot", x, num_classes);
            public static Tensor pad(Tensor input, long[] pad, double value = 0) => Call("constant_pad_nd", input, pad, value);

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-8) => Call("cosine_similarity", x1, x2, dim, eps);

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long stride = 1, long padding = 0, long dilation = 1, long groups = 1) =>
                Call("conv1d", input, weight, bias, (long[])[stride], (long[])[padding], (long[])[dilation], groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Call("conv2d", input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups);

            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-5) =>
                Call("batch_norm", input, weight, bias, running_mean, running_var, training, momentum, eps, false);

            public static Tensor avg_pool1d(Tensor input, long kernel_size) => Call("avg_pool1d", input, (long[])[kernel_size]);
            public static Tensor avg_pool2d(Tensor input, long[] kernel_size) => Call("avg_pool2d", input, kernel_size);
            public static Tensor max_pool1d(Tensor input, long kernel_size) => Call("max_pool1d", input, (long[])[kernel_size]);
            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[]? strides = null) => Call("max_pool2d", input, kernel_size, strides ?? kernel_size);
            public static Tensor adaptive_avg_pool1d(Tensor input, long output_size) => Call("adaptive_avg_pool1d", input, (long[])[output_size]);

            /// <summary>Resizes the trailing dimensions; input [batch, channels, ...].</summary>
            public static Tensor interpolate(Tensor x, long[] size, InterpolationMode mode = InterpolationMode.Nearest, bool align_corners = false) => (mode, size.Length) switch
            {
                (InterpolationMode.Nearest, 1) => Call("upsample_nearest1d.vec", x, size, Argument.None),
                (InterpolationMode.Nearest, 2) => Call("upsample_nearest2d.vec", x, size, Argument.None),
                (InterpolationMode.Linear, 1) => Call("upsample_linear1d.vec", x, size, align_corners, Argument.None),
                (InterpolationMode.Bilinear, 2) => Call("upsample_bilinear2d.vec", x, size, align_corners, Argument.None),
                _ => throw new NotSupportedException($"{mode} over {size.Length} dimensions"),
            };
        }
    }
}
