using System.Collections;
using System.Globalization;

namespace PretrainCluster.LibTorch.Modules;

/// <summary>Parts in a list, named 0, 1, ...</summary>
public sealed class ModuleList<T> : nn.Module, IReadOnlyList<T> where T : nn.Module
{
    readonly List<T> _list = [];

    public ModuleList(params T[] modules) : base(nameof(ModuleList<>))
    {
        foreach (var module in modules)
            Add(module);
    }

    public int Count => _list.Count;

    public T this[int index] => _list[index];

    public void Add(T module)
    {
        register_module(_list.Count.ToString(CultureInfo.InvariantCulture), module);
        _list.Add(module);
    }

    public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
