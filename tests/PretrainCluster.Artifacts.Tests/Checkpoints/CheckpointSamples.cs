using System.Text.Json;
using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

/// <summary>Small checkpoints whose content depends on the step.</summary>
static class CheckpointSamples
{
    public static readonly string Plan = new('a', 64), Data = new('b', 64);

    public static CheckpointFacts Facts(long step, string run = "demo") => new()
    {
        Run = run,
        Step = step,
        PlanSha256 = Plan,
        DataSha256 = Data,
        Seed = 1,
        Code = "0.1.0",
        State = JsonSerializer.SerializeToElement(new { metrics = step * 10 }),
    };

    public static CheckpointContent[] Contents(float value) => [Content("weights", value), Content("optimizer", value + 0.5f)];

    /// <summary>Tensors "a" [1000] filled with the value, and "b" [2, 3] with 0..5.</summary>
    public static CheckpointContent Content(string name, float value) => new(name, (stream, _) =>
    {
        using var writer = new SafeTensorsWriter(stream, [new("a", TensorType.F32, [1000]), new("b", TensorType.F32, [2, 3])], new Dictionary<string, string> { ["part"] = name });
        writer.Write("a", Enumerable.Repeat(value, 1000).ToArray().AsSpan());
        writer.Write("b", [0f, 1f, 2f, 3f, 4f, 5f]);
        writer.Complete();
        return Task.CompletedTask;
    });
}
