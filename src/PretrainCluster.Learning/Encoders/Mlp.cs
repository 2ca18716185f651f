namespace PretrainCluster.Learning.Encoders;

/// <summary>A block's feed-forward part: linear, GELU (exact, with erf), linear.</summary>
sealed class Mlp : nn.Module
{
    readonly Linear fc1;
    readonly Linear fc2;
    readonly double _dropout;

    public Mlp(int width, int hidden, double dropout) : base(nameof(Mlp))
    {
        fc1 = nn.Linear(width, hidden);
        fc2 = nn.Linear(hidden, width);
        _dropout = dropout;
        RegisterComponents();
    }

    public Tensor Forward(Tensor x, DropoutNoise? noise)
    {
        x = nn.functional.gelu(fc1.forward(x));
        x = noise?.Drop(x, _dropout) ?? x;
        x = fc2.forward(x);
        return noise?.Drop(x, _dropout) ?? x;
    }
}
