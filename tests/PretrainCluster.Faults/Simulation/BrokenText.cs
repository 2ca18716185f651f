using System.Globalization;
using System.Runtime.CompilerServices;

namespace PretrainCluster.Faults.Simulation;

/// <summary>What a violated invariant says. Put together only where it is violated: millions of checks hold.</summary>
[InterpolatedStringHandler]
public ref struct BrokenText
{
    DefaultInterpolatedStringHandler _text;

    public BrokenText(int literalLength, int formattedCount, bool isSo, out bool isNeeded)
    {
        isNeeded = !isSo;
        if (isNeeded)
            _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    public void AppendLiteral(string literal) => _text.AppendLiteral(literal);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string format) => _text.AppendFormatted(value, format);

    public override readonly string ToString() => _text.ToString();
}
