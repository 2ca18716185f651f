using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Cli.Tables;

namespace PretrainCluster.Cli.Tests.Tables;

public sealed class TableProcessTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("table-process-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task LastError_OfACommandThatFailed_IsItsReason()
    {
        var (log, file) = (Path.Combine(_folder, "log"), Path.Combine(_folder, "file"));
        File.WriteAllText(file, "where a folder is needed");
        using (var process = TableProcess.Start(log, "data", "synthesize", "--clips", "2", "--to", Path.Combine(file, "data")))
        {
            Assert.Equal(Entry.Failed, await process.Wait(CancellationToken.None));
            Assert.StartsWith("error: ", process.LastError, StringComparison.Ordinal);
        }
        Assert.Contains("error: ", File.ReadAllText(log), StringComparison.Ordinal);
    }
}
