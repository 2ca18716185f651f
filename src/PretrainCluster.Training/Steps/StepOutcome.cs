namespace PretrainCluster.Training.Steps;

/// <summary>What a step computed before anything is updated.</summary>
/// <param name="Loss">mean over the global batch's terms</param>
/// <param name="Terms">number of terms, e.g. masked tokens</param>
/// <param name="Gradient">mean gradient of all weights one after another, in the order of the objective's weights; valid until the next step</param>
public readonly record struct StepOutcome(double Loss, double Terms, Memory<float> Gradient);
