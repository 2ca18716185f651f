namespace PretrainCluster.Learning.Evaluation;

/// <summary>What a protocol draws random numbers for; the first word after (seed, evaluation) of a stream's name.</summary>
enum EvaluationStream : ulong
{
    HeldOut = 1,
    HeadWeights = 2,
    Order = 3,
    Views = 4,
    Exemplars = 5,
    Subsample = 6,
    Dropout = 7,
    Labels = 8,
    Clusters = 9,
    Comparison = 10,
}

static class EvaluationStreams
{
    public static CounterRandom Random(this EvaluationStream stream, long seed, ulong b = 0, ulong c = 0)
        => new((ulong)seed, RandomPurpose.Evaluation, (ulong)stream, b, c);
}
