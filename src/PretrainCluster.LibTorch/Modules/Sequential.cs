using System.Globalization;

namespace PretrainCluster.LibTorch.Modules;

/// <summary>Parts applied one after the other, named 0, 1, ... or as given.</summary>
public sealed class Sequential : nn.Module<Tensor, Tensor>
{
    readonly List<nn.Module<Tensor, Tensor>> _steps = [];

    internal Sequential(IEnumerable<(string Name, nn.Module<Tensor, Tensor> Step)> steps) : base(nameof(Sequential))
    {
        foreach (var (name, step) in steps)
        {
            _steps.Add(step);
            register_module(name, step);
        }
    }

    internal Sequential(IEnumerable<nn.Module<Tensor, Tensor>> steps)
        : this(steps.Select((step, i) => (i.ToString(CultureInfo.InvariantCulture), step)))
    {
    }

    public int Count => _steps.Count;

    public nn.Module<Tensor, Tensor> this[int index] => _steps[index];

    public override Tensor forward(Tensor tensor)
    {
        if (_steps.Count == 0)
            return tensor.alias();
        using var scope = NewDisposeScope();
        var result = _steps[0].call(tensor);
        foreach (var step in _steps.Skip(1))
            result = step.call(result);
        return result.MoveToOuterDisposeScope();
    }
}
