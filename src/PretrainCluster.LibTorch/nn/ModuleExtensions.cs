namespace PretrainCluster.LibTorch;

public static class ModuleExtensions
{
    /// <summary>Moves parameters and buffers in place; whoever holds them holds the moved ones.</summary>
    public static T to<T>(this T module, Device device) where T : nn.Module
    {
        module.Move(device, null);
        return module;
    }

    public static T to<T>(this T module, string device) where T : nn.Module => module.to(torch.device(device));

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1) where T : nn.Module => module.to(device(deviceType, deviceIndex));

    public static T to<T>(this T module, ScalarType type) where T : nn.Module
    {
        module.Move(null, type);
        return module;
    }

    public static T cpu<T>(this T module) where T : nn.Module => module.to(CPU);

    public static T cuda<T>(this T module, int deviceIndex = -1) where T : nn.Module => module.to(DeviceType.CUDA, deviceIndex);
}
