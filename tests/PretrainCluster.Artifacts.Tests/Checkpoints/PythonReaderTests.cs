using PretrainCluster.Artifacts.Checkpoints;
using PretrainCluster.Artifacts.Stores;
using static PretrainCluster.Artifacts.Tests.Checkpoints.CheckpointSamples;

namespace PretrainCluster.Artifacts.Tests.Checkpoints;

public sealed class PythonReaderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NumpyFact]
    public async Task Docs_PythonOfTheCheckpointsPage_ReadsACheckpointWithNumpyAlone()
    {
        await new CheckpointStore(DirectoryStore.Open(_folder["store"])).SaveAsync(Facts(100), Contents(2));
        var page = File.ReadAllText(Checkout.At("docs", "checkpoints.md"));
        var begin = page.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        File.WriteAllText(_folder["read.py"], page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)]);

        var (exitCode, output) = NumpyFactAttribute.Run(_folder["read.py"], _folder["store"], "demo", "100");

        Assert.True(exitCode == 0, output);
        Assert.Equal(["weights a float32 (1000,) 2000.0", "weights b float32 (2, 3) 15.0", "optimizer a float32 (1000,) 2500.0", "optimizer b float32 (2, 3) 15.0"],
            output.Trim().Split('\n'));
    }
}
