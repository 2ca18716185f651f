namespace PretrainCluster.LibTorch;

/// <summary>
/// Owns every tensor that its thread makes while it is the innermost scope, and disposes them when it ends.
/// A scope belongs to the thread that opened it; nothing may await inside.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic] static DisposeScope? s_current;

    readonly HashSet<Tensor> _tensors = [];
    bool _disposed;

    internal DisposeScope()
    {
        OuterScope = s_current;
        s_current = this;
    }

    internal static DisposeScope? Current => s_current;

    internal DisposeScope? OuterScope { get; private set; }

    public int DisposablesCount => _tensors.Count;

    public bool Contains(IDisposable disposable) => disposable is Tensor tensor && _tensors.Contains(tensor);

    /// <summary>Hands a tensor to the scope around this one; without one, to nobody.</summary>
    public Tensor MoveToOuter(Tensor tensor) => MoveToOther(OuterScope, tensor);

    public (Tensor first, Tensor second) MoveToOuter(Tensor first, Tensor second) => (MoveToOuter(first), MoveToOuter(second));

    public (Tensor first, Tensor second, Tensor third) MoveToOuter(Tensor first, Tensor second, Tensor third) => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            MoveToOuter(tensor);
    }

    public Tensor MoveToOther(DisposeScope? scope, Tensor tensor)
    {
        tensor.OwningScope?._tensors.Remove(tensor);
        tensor.OwningScope = scope;
        scope?._tensors.Add(tensor);
        return tensor;
    }

    /// <summary>From now on, whoever holds the tensor disposes it.</summary>
    public Tensor Detach(Tensor tensor) => MoveToOther(null, tensor);

    public void Detach(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            Detach(tensor);
    }

    public Tensor Attach(Tensor tensor) => MoveToOther(this, tensor);

    public void Attach(IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            Attach(tensor);
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(IEnumerable<IDisposable> keep)
    {
        var kept = keep.ToHashSet();
        foreach (var tensor in _tensors.ToArray())
        {
            if (!kept.Contains(tensor))
                tensor.Dispose();
        }
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var tensor in _tensors)
        {
            tensor.OwningScope = null;
            tensor.Dispose();
        }
        _tensors.Clear();
        Unlink();
    }

    internal void Include(Tensor tensor)
    {
        tensor.OwningScope = this;
        _tensors.Add(tensor);
    }

    internal void Forget(Tensor tensor) => _tensors.Remove(tensor);

    // An outer scope may end before an inner one.
    void Unlink()
    {
        if (s_current == this)
        {
            s_current = OuterScope;
            return;
        }
        for (var scope = s_current; scope is not null; scope = scope.OuterScope)
        {
            if (scope.OuterScope == this)
                scope.OuterScope = OuterScope;
        }
    }
}
