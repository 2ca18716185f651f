using PretrainCluster.Core.Plans;

namespace PretrainCluster.Training.Steps;

public static partial class Autocast
{
    static bool HasBf16 => true;

    /// <returns>null where the plan asks for fp32</returns>
    internal static IDisposable? Enter(Device device, Precision precision) =>
        precision == Precision.Bf16 ? torch.autocast(device.type, ScalarType.BFloat16) : null;
}
