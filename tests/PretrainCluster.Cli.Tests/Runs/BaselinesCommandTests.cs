using PretrainCluster.Cli.CommandLine;

namespace PretrainCluster.Cli.Tests.Runs;

public sealed class BaselinesCommandTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("baselines-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Baselines_EpochsOfThePlan_AreThoseOfTheSupervisedTraining()
    {
        var (data, plan) = (Path.Combine(_folder, "data"), Path.Combine(_folder, "tiny.yaml"));
        File.WriteAllText(plan, $$$"""
            name: tiny
            data: {dataset: "{{{data}}}", split: xsub}
            view: {frames: 16, crop: {min_frames: 8}}
            encoder: {width: 32, depth: 1, heads: 2}
            objective: {kind: masked_motion}
            training: {epochs: 1, batch: {clips: 4}}
            """);
        await Run("data", "synthesize", "--to", data, "--clips", "90", "--subjects", "6", "--frames", "12-24", "--noise", "0", "--occlusion", "0", "--facing", "0",
            "--subject-variation", "0", "--stance-variation", "0", "--motion-variation", "0", "--distraction", "0");

        var (one, many) = (await Baselines(1), await Baselines(30));
        Assert.Equal(one[..^1], many[..^1]);
        Assert.StartsWith("supervised v1, trained from scratch: accuracy ", one[^1], StringComparison.Ordinal);
        // Such clips are easy to learn, but not in one epoch.
        Assert.NotEqual(one[^1], many[^1]);

        async Task<string[]> Baselines(int epochs) => (await Run("baselines", plan, "--set", $"evaluation.supervised.epochs={epochs}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    static async Task<string> Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.True(await Entry.Run(Verbs.Root(), arguments, output, error) == 0, error.ToString());
        return output.ToString();
    }
}
