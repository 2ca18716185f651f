using System.Runtime.InteropServices;

namespace PretrainCluster.Learning.Tests.Fixtures;

/// <summary>The precisions that the code is compared in with the public implementations.</summary>
static unsafe class Precisions
{
    static readonly bool[] s_all = [true, false];
    static readonly delegate* unmanaged<nint, nint, void> s_setData = FindSetData();

    public static TheoryData<bool> InDouble => [.. s_all];

    /// <summary>What each case becomes with every one of them.</summary>
    public static TheoryData<string, bool> With(IEnumerable<string> cases)
    {
        var data = new TheoryData<string, bool>();
        foreach (var name in cases)
        {
            foreach (var inDouble in s_all)
                data.Add(name, inDouble);
        }
        return data;
    }

    /// <summary>
    /// Brings a module's weights and buffers to double precision in place. TorchSharp's <c>Module.to</c> puts others in their place, and who holds the first ones keeps them;
    /// PyTorch's assigns <c>parameter.data</c>, which is libtorch's <c>TensorBase::set_data</c>.
    /// </summary>
    public static void ToDouble(nn.Module module)
    {
        using var scope = NewDisposeScope();
        foreach (var tensor in module.parameters().Cast<Tensor>().Concat(module.buffers()).Where(tensor => tensor.dtype == ScalarType.Float32))
            s_setData(tensor.Handle, tensor.detach().to(ScalarType.Float64).Handle);
    }

    static delegate* unmanaged<nint, nint, void> FindSetData()
    {
        InitializeDeviceType(DeviceType.CPU);
        return (delegate* unmanaged<nint, nint, void>)NativeLibrary.GetExport(NativeLibrary.Load(LoadedLibrary.Path("libtorch_cpu")!), "_ZNK2at10TensorBase8set_dataERKS0_");
    }
}
