using System.Globalization;

namespace PretrainCluster.Learning.Devices;

/// <summary>Devices by the names that plans have for them.</summary>
public static class ComputeDevice
{
    const int MostDevices = 128;

    /// <param name="name">cpu, cuda or cuda:N</param>
    /// <exception cref="InputException">The name is no device's, or the device is not here.</exception>
    public static Device Named(string name)
    {
        if (name == "cpu")
            return torch.device(DeviceType.CPU);
        var index = -1;
        if (name != "cuda" && !(name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < MostDevices))
            throw new InputException($"'{name}' is no device; use cpu, cuda or cuda:N.");
        var found = cuda.device_count();
        if (found == 0)
            throw new InputException($"Device '{name}' is not available: this libtorch ({__version__}) finds no CUDA device. Use cpu, or build with TorchSharpPackage=TorchSharp-cuda-linux in the environment, on a machine with a GPU.");
        if (index >= found)
            throw new InputException($"Device '{name}' is not available: there are {found} CUDA devices, cuda:0 to cuda:{found - 1}.");
        // The same step gives the same bits, as on a CPU: no kernel that adds in an order of its own, no rounded products.
        torch.DeterministicAlgorithms = true;
        (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (false, false);
        return torch.device(DeviceType.CUDA, index);
    }
}
