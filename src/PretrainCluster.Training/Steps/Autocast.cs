using PretrainCluster.Core;
using PretrainCluster.Core.Plans;

namespace PretrainCluster.Training.Steps;

/// <summary>Mixed precision through libtorch's autocast: matrix products in bf16, weights and sums in fp32.</summary>
public static partial class Autocast
{
    /// <exception cref="InputException">The engine of this build does not have the precision.</exception>
    public static void Check(Precision precision)
    {
        if (precision == Precision.Bf16 && !HasBf16)
            throw new InputException("training.precision: bf16 needs libtorch's autocast, which TorchSharp does not offer. Use fp32, or build with TensorEngine=LibTorch in the environment (docs/tensor-engine.md).");
    }
}
