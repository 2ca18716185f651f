namespace PretrainCluster.Learning.Evaluation.Protocols;

/// <summary>
/// The encoder and MAMP's head, trained on all labels of the training side (<see cref="FineTuning"/>), scored on the test side after the last epoch. On another dataset
/// than the encoder was pretrained on it is the field's transfer.
/// </summary>
[Kind(
    "fine-tune", "the whole encoder trained on with labels, with MAMP's settings: layer decay, its head; last epoch scored")]
public sealed record FineTune : EvaluationProtocol
{
    public override int Version => 1;
    public override ProtocolSubject Subject => ProtocolSubject.TunedEncoder;
    public override bool HasOwnViews => true;

    public override string? Settings(EvaluationPlan plan) => SectionSettings.Of(plan.FineTune);

    public override ProtocolOutcome Evaluate(EvaluationInput input, CancellationToken cancellation)
    {
        var clips = input.Labelled?.Clips ?? throw new InvalidOperationException($"protocol {Name} needs clips, not only features");
        var predictions = input.Seeds.Select(seed => FineTuning.Run(Name, input, clips.Train, seed, $"{Name}, seed {seed}", cancellation)).ToList();
        return new(
            FineTuning.Describe(input.Settings.FineTune, input.Labelled.Source!.Blocks),
            [Statistics.Accuracies("accuracy", input.Seeds, clips.Test.Labels, predictions)],
            Accuracy.Confusion(clips.Test.Labels, predictions[0], input.Classes));
    }
}
