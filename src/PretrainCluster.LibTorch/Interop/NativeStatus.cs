using System.Runtime.InteropServices;

namespace PretrainCluster.LibTorch.Interop;

static unsafe class NativeStatus
{
    const int IndexError = 2, NotImplemented = 3, OutOfMemory = 4;

    public static void Check(int status)
    {
        if (status != 0)
            throw Error(status);
    }

    static Exception Error(int status)
    {
        var message = Marshal.PtrToStringUTF8((nint)NativeMethods.pretrain_error()) ?? "";
        return new TorchException(message, status switch
        {
            IndexError => TorchErrorKind.Index,
            NotImplemented => TorchErrorKind.NotImplemented,
            OutOfMemory => TorchErrorKind.OutOfMemory,
            _ => TorchErrorKind.Other,
        });
    }
}
