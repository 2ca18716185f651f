namespace PretrainCluster.Hosting.Agents;

/// <summary>Evaluates checkpoints on a node, beside its workers.</summary>
public interface IEvaluations
{
    /// <summary>Begins an evaluation and returns at once.</summary>
    /// <param name="ended">told once, from any thread</param>
    void Start(StartEvaluation order, Action<EvaluationEnded> ended);

    /// <summary>Ends an evaluation before its time; it still reports its end.</summary>
    void Stop(StopEvaluation order);

    IReadOnlyList<RunningEvaluation> Running { get; }
}
