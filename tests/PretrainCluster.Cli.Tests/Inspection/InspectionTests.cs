using System.Text.Json;
using PretrainCluster.Cli.CommandLine;
using PretrainCluster.Cli.Tests.Reports;

namespace PretrainCluster.Cli.Tests.Inspection;

public sealed class InspectionTests : IDisposable
{
    readonly string runs = Directory.CreateTempSubdirectory("inspected").FullName;

    public void Dispose() => Directory.Delete(runs, recursive: true);

    [Fact]
    public async Task Runs_FolderOfOneRun_ShowsHowFarItCame()
    {
        SampleRun.Write(runs);

        var output = await Run(0, "runs", "--runs", runs);

        Assert.Contains("utd-mhad-mae-small  finished  60.0/60  840/840", output);
        Assert.Contains("linear v1, pretrained: accuracy 67.3 ± 1.7 %", output);
    }

    [Fact]
    public async Task Runs_OneRunDamaged_StillShowsTheOthers()
    {
        SampleRun.Write(runs);
        Directory.CreateDirectory(Path.Combine(runs, "damaged"));
        File.WriteAllText(Path.Combine(runs, "damaged", "run.json"), "{");

        var output = await Run(0, "runs", "--runs", runs);

        Assert.Contains("utd-mhad-mae-small", output);
        Assert.Matches(@"damaged +unreadable", output);
    }

    [Fact]
    public async Task Runs_NothingThere_SaysHowToMakeOne() =>
        Assert.Contains("pretrain demo", await Run(0, "runs", "--runs", Path.Combine(runs, "nowhere")));

    [Fact]
    public async Task Show_Run_PrintsFactsEvaluationsAndNewestEvents()
    {
        SampleRun.Write(runs);

        var output = await Run(0, "show", "utd-mhad-mae-small", "--runs", runs, "--events", "2");

        Assert.Contains("1,214,732", output);
        Assert.Contains("1-shot nearest exemplar", output);
        Assert.Contains("resumed: from step 420", output);
        Assert.DoesNotContain("interrupted: Ctrl-C", output);
    }

    [Fact]
    public async Task Show_Json_HoldsEveryStep()
    {
        SampleRun.Write(runs);

        using var json = JsonDocument.Parse(await Run(0, "show", "utd-mhad-mae-small", "--runs", runs, "--json"));

        Assert.Equal(SampleRun.Steps, json.RootElement.GetProperty("metrics").GetArrayLength());
        Assert.Equal("finished", json.RootElement.GetProperty("run").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Show_UnknownRun_ExitsWith2() => await Run(2, "show", "nothing", "--runs", runs);

    static async Task<string> Run(int code, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        Assert.Equal(code, await Entry.Run(Verbs.Root(), arguments, output, error));
        return output.ToString();
    }
}
