namespace PretrainCluster.Training.Steps;

/// <summary>Mixed precision through libtorch's autocast: matrix products in bf16, weights and sums in fp32.</summary>
static class Autocast
{
    /// <returns>null where the plan asks for fp32</returns>
    internal static IDisposable? Enter(Device device, Precision precision) => precision == Precision.Bf16 ? torch.Autocast(device.type) : null;
}
