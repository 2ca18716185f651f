namespace PretrainCluster.Learning.Evaluation.Features;

/// <summary>Turns views into features. Called from many threads at a time; what it says of a batch depends on that batch alone.</summary>
public interface IClipEncoder
{
    /// <summary>Features per clip.</summary>
    int Width { get; }

    /// <param name="views">[clips, persons, frames, joints, 3], metres</param>
    /// <param name="features">[clips, width]</param>
    void Encode(float[] views, int clips, Span<float> features);
}
