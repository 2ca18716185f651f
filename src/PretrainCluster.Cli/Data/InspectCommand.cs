using System.Text.Json;

namespace PretrainCluster.Cli.Data;

/// <summary><c>pretrain data inspect</c>: what a dataset holds.</summary>
static class InspectCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "folder of a dataset" };
        var json = new Option<bool>("--json") { Description = "one JSON object instead of text" };
        var command = new Verb("inspect", "what a dataset holds: clips, splits, lengths, classes, defects")
        {
            Group = VerbGroup.Data,
            Examples = [new("pretrain data inspect data/ntu60", "counts in total and per split"), new("pretrain data inspect data/ntu60 --json", "the same for a script")],
        };
        command.Add(dataset);
        command.Add(json);
        command.SetAction((parse, cancellation) =>
            Task.FromResult(Inspect(parse.GetRequiredValue(dataset), parse.GetValue(json), parse.InvocationConfiguration.Output, cancellation)));
        return command;
    }

    static int Inspect(string folder, bool json, TextWriter output, CancellationToken cancellation)
    {
        using var dataset = SkeletonDataset.Open(folder);
        var summary = DatasetSummary.Of(dataset, cancellation);
        if (json)
            output.WriteLine(JsonSerializer.Serialize(summary, JsonText.Indented));
        else
            InspectText.Write(summary, folder, output);
        return Entry.Done;
    }
}
