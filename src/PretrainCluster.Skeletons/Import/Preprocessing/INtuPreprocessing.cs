using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Import.Preprocessing;

/// <summary>What becomes of the bodies that a Kinect tracked. Results of different families are not comparable.</summary>
public interface INtuPreprocessing
{
    /// <summary>As the command line and dataset.json call it.</summary>
    string Name { get; }

    /// <summary>One or two persons, or null where no frame shows a body.</summary>
    /// <exception cref="InputException">The sequence contradicts itself.</exception>
    PersonFrames? Apply(NtuSequence sequence);
}

/// <summary>Persons side by side.</summary>
/// <param name="Persons">1 or 2.</param>
/// <param name="Frames">Valid length.</param>
/// <param name="Positions">[frames, persons, 25, 3]</param>
public sealed record PersonFrames(int Persons, int Frames, float[] Positions)
{
    /// <summary>Coordinates of one person in one frame.</summary>
    public const int Stride = NtuSequence.Joints * 3;

    public PersonFrames(int persons, int frames)
        : this(persons, frames, new float[frames * persons * Stride])
    {
    }

    public Span<float> At(int frame, int person) => Positions.AsSpan(((frame * Persons) + person) * Stride, Stride);
}
