using PretrainCluster.Learning.Evaluation.Features;

namespace PretrainCluster.Learning.Tests.Evaluation.Features;

/// <summary>An encoder without weights: the second joint's first coordinate in each frame.</summary>
sealed class FirstCoordinates(int frames) : IClipEncoder
{
    public int Width => frames;

    public void Encode(float[] views, int clips, Span<float> features)
    {
        for (var i = 0; i < clips * frames; i++)
            features[i] = views[i * SmallDataset.Joints * 3 + 3];
    }
}
