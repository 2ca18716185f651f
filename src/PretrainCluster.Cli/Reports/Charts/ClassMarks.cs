namespace PretrainCluster.Cli.Reports.Charts;

/// <summary>A colour and a shape per class: ten colours that hold on light and dark, then the next shape, so that sixty classes stay apart.</summary>
public static class ClassMarks
{
    static readonly string[] Colors = ["#4e79a7", "#f28e2b", "#e15759", "#59a14f", "#b07aa1", "#76b7b2", "#d9b320", "#ff8f9c", "#9c755f", "#8a94a6"];
    static readonly string[] Shapes = ["M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z", "M-2.7-2.7h5.4v5.4h-5.4z", "M0-3.7L3.5 2.6h-7z", "M0-4L3.2 0L0 4L-3.2 0z", "M-1.1-3.6h2.2v2.5h2.5v2.2h-2.5v2.5h-2.2v-2.5h-2.5v-2.2h2.5z", "M0 3.7L3.5-2.6h-7z"];

    public static string Color(int label) => Colors[Math.Max(0, label) % Colors.Length];

    /// <summary>The shape's outline around (0, 0), as SVG path data.</summary>
    public static string Shape(int label) => Shapes[Math.Max(0, label) / Colors.Length % Shapes.Length];
}
