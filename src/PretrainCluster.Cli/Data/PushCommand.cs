using PretrainCluster.Artifacts.Stores;

namespace PretrainCluster.Cli.Data;

/// <summary><c>pretrain data push DATASET STORE</c>: a dataset into a store, from which runs on any machine read it.</summary>
static class PushCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "folder of a dataset" };
        var target = new Argument<string>("STORE") { Description = "azure://ACCOUNT/CONTAINER/PREFIX, or a folder" };
        var command = new Verb("push", "puts a dataset into a store, verified; a plan's data.dataset may name it there")
        {
            Group = VerbGroup.Data,
            Examples = [new("pretrain data push data/ntu60 azure://myaccount/datasets/ntu60", "shards first, dataset.json last; the same line goes on after a push that was cut off")],
        };
        command.Add(dataset);
        command.Add(target);
        command.SetAction(async (parse, cancellation) =>
        {
            var (folder, place) = (parse.GetRequiredValue(dataset), parse.GetRequiredValue(target));
            var store = await Stores.OpenAsync(place, cancellation: cancellation);
            var (digest, sent) = await DatasetPush.RunAsync(folder, store, place.TrimEnd('/'), cancellation: cancellation);
            parse.InvocationConfiguration.Output.WriteLine($"{place}: dataset {Numbers.Digest(digest)}, {Numbers.Count(sent)} files sent" + (sent == 0 ? "; it was there already" : ""));
            return Entry.Done;
        });
        return command;
    }
}
