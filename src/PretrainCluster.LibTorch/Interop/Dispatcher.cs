using System.Collections.Concurrent;
using System.Text;

namespace PretrainCluster.LibTorch.Interop;

/// <summary>Calls an operator of libtorch's dispatcher by its name in native_functions.yaml ("add.Tensor"), or one of our own ("pretrain::attention").</summary>
static unsafe class Dispatcher
{
    const int MostResults = 8;

    static readonly ConcurrentDictionary<string, nint> Operators = new();

    /// <summary>An operator that returns one tensor.</summary>
    public static Tensor Call(string name, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MostResults];
        Invoke(name, arguments, results);
        return new Tensor((nint)results[0].Integer);
    }

    public static (Tensor, Tensor) Call2(string name, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MostResults];
        Invoke(name, arguments, results);
        return (new Tensor((nint)results[0].Integer), new Tensor((nint)results[1].Integer));
    }

    public static (Tensor, Tensor, Tensor) Call3(string name, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MostResults];
        Invoke(name, arguments, results);
        return (new Tensor((nint)results[0].Integer), new Tensor((nint)results[1].Integer), new Tensor((nint)results[2].Integer));
    }

    /// <summary>An operator that returns a list of tensors.</summary>
    public static Tensor[] CallList(string name, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MostResults];
        Invoke(name, arguments, results);
        var tensors = new Tensor[results[0].Count];
        var handles = (nint*)results[0].Pointer;
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = new Tensor(handles[i]);
        NativeMethods.pretrain_free(handles);
        return tensors;
    }

    /// <summary>An operator that changes <paramref name="self"/> (its first argument) and returns it.</summary>
    public static Tensor CallInPlace(string name, Tensor self, params ReadOnlySpan<Argument> arguments)
    {
        var all = new Argument[arguments.Length + 1];
        all[0] = self;
        arguments.CopyTo(all.AsSpan(1));
        var results = stackalloc NativeValue[MostResults];
        Invoke(name, all, results);
        NativeMethods.pretrain_release((nint)results[0].Integer);
        return self;
    }

    public static bool CallBool(string name, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MostResults];
        Invoke(name, arguments, results);
        return results[0].Integer != 0;
    }

    public static NativeValue CallValue(string name, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MostResults];
        Invoke(name, arguments, results);
        return results[0];
    }

    static void Invoke(string name, ReadOnlySpan<Argument> arguments, NativeValue* results)
    {
        const int onStack = 64;
        var handle = Operators.GetOrAdd(name, Find);
        var values = stackalloc NativeValue[arguments.Length];
        var words = 0;
        foreach (ref readonly var argument in arguments)
            words += argument.Words;
        var small = stackalloc long[onStack];
        fixed (long* large = words > onStack ? new long[words] : null)
        {
            var scratch = large is null ? small : large;
            for (var i = 0; i < arguments.Length; i++)
            {
                arguments[i].Write(values + i, scratch);
                scratch += arguments[i].Words;
            }
            int returned;
            var status = NativeMethods.pretrain_call(handle, values, arguments.Length, results, MostResults, &returned);
            foreach (ref readonly var argument in arguments)
                argument.KeepAlive();
            NativeStatus.Check(status);
        }
    }

    static nint Find(string name)
    {
        var qualified = name.Contains("::") ? name : "aten::" + name;
        var dot = qualified.IndexOf('.');
        var (operatorName, overload) = dot < 0 ? (qualified, "") : (qualified[..dot], qualified[(dot + 1)..]);
        nint handle;
        fixed (byte* nameBytes = Encoding.UTF8.GetBytes(operatorName + '\0'), overloadBytes = Encoding.UTF8.GetBytes(overload + '\0'))
            NativeStatus.Check(NativeMethods.pretrain_operator(nameBytes, overloadBytes, &handle));
        return handle;
    }
}
