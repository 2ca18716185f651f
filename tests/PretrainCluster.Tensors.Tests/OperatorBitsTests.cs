using System.Diagnostics;

namespace PretrainCluster.Tensors.Tests;

/// <summary>Equal numbers give equal bits wherever they lie in memory, on any thread, in any process.</summary>
public sealed class OperatorBitsTests
{
    const int Processes = 3;

    [Fact]
    public async Task Operators_AtEveryAlignmentInSeveralProcesses_GiveEqualBits()
    {
        var said = await Task.WhenAll(Enumerable.Range(0, Processes).Select(_ => Said()));
        Assert.Empty(Differing(said));
        Assert.InRange(said[0].Count, 40, 100);
    }

    /// <summary>Operators that gave more than one digest.</summary>
    static IEnumerable<string> Differing(IEnumerable<IReadOnlyList<string>> said) =>
        said.SelectMany(lines => lines).Distinct().GroupBy(line => line[..line.LastIndexOf(':')])
            .Where(digests => digests.Count() > 1).Select(digests => digests.Key);

    static async Task<IReadOnlyList<string>> Said()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(OperatorBits).Assembly.Location]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
