namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>One person: how built, how fast, how sweeping in movement.</summary>
sealed record SubjectModel(BodyModel Body, double Tempo, double Size)
{
    public static SubjectModel Draw(double variation, ref CounterRandom random) => new(
        BodyModel.Draw(variation, ref random),
        Math.Exp(0.2 * variation * random.NextDouble(-1, 1)),
        1 + 0.15 * variation * random.NextDouble(-1, 1));
}
