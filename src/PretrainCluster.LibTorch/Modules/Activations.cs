namespace PretrainCluster.LibTorch.Modules;

public sealed class GELU() : nn.Module<Tensor, Tensor>(nameof(GELU))
{
    public override Tensor forward(Tensor tensor) => nn.functional.gelu(tensor);
}

public sealed class ReLU(bool inplace) : nn.Module<Tensor, Tensor>(nameof(ReLU))
{
    public override Tensor forward(Tensor tensor) => nn.functional.relu(tensor, inplace);
}

public sealed class Tanh() : nn.Module<Tensor, Tensor>(nameof(Tanh))
{
    public override Tensor forward(Tensor tensor) => tensor.tanh();
}

public sealed class Sigmoid() : nn.Module<Tensor, Tensor>(nameof(Sigmoid))
{
    public override Tensor forward(Tensor tensor) => tensor.sigmoid();
}

public sealed class Softmax(long dim) : nn.Module<Tensor, Tensor>(nameof(Softmax))
{
    public override Tensor forward(Tensor tensor) => tensor.softmax(dim);
}

public sealed class Identity() : nn.Module<Tensor, Tensor>(nameof(Identity))
{
    public override Tensor forward(Tensor tensor) => tensor.alias();
}

/// <summary>Draws from libtorch's generator; a method whose runs must repeat draws its masks itself.</summary>
public sealed class Dropout(double p) : nn.Module<Tensor, Tensor>(nameof(Dropout))
{
    public double p { get; } = p;

    public override Tensor forward(Tensor tensor) => nn.functional.dropout(tensor, p, training);
}

public sealed class Flatten(long startDim, long endDim) : nn.Module<Tensor, Tensor>(nameof(Flatten))
{
    public override Tensor forward(Tensor tensor) => tensor.flatten(startDim, endDim);
}
