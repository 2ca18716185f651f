using PretrainCluster.Core.Plans;

namespace PretrainCluster.Training.Steps;

public static partial class Autocast
{
    static bool HasBf16 => false;

    /// <returns>null: there is fp32 alone</returns>
    internal static IDisposable? Enter(Device device, Precision precision) => null;
}
