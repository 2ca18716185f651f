using System.Globalization;

namespace PretrainCluster.Learning.Encoders;

/// <summary>Layers under the numbers that a torch.nn.Sequential of the public code gives them; those without weights have no place here.</summary>
sealed class NumberedLayers : nn.Module
{
    public NumberedLayers(params (int Number, nn.Module Layer)[] layers) : base(nameof(NumberedLayers))
    {
        foreach (var (number, layer) in layers)
            register_module(number.ToString(CultureInfo.InvariantCulture), layer);
    }
}
