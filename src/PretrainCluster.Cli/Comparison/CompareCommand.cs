using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Cli.Comparison;

/// <summary><c>pretrain compare RUN...</c>: evaluations of several runs side by side, with intervals and a paired test.</summary>
public static class CompareCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("RUN") { Description = "runs, RUN@STEP for a checkpoint; RUN,RUN,... for one method with several seeds, NAME=RUN,RUN to name it. The first is what the others are held against", Arity = new ArgumentArity(2, 20) };
        var page = new Option<string>("--html") { Description = "write the comparison as a page, too", HelpName = "FILE" };
        var runs = RunsOption.Create();
        var command = new Verb("compare", "evaluations of several runs side by side, with intervals and a paired test")
        {
            Group = VerbGroup.Encoders,
            Examples =
            [
                new("pretrain compare mae moco", "two runs, tested over the test clips"),
                new("pretrain compare mae=mae-1,mae-2,mae-3 stars=stars-1,stars-2,stars-3 --html compare.html", "two recipes of three seeds each, tested over the seeds"),
            ],
        };
        command.Add(names);
        command.Add(page);
        command.Add(runs);
        command.SetAction((parse, _) =>
        {
            var output = parse.Output();
            var comparison = MethodComparison.Of([.. parse.GetRequiredValue(names).Select(name => ComparedMethod.Read(name, parse.GetRequiredValue(runs)))]);
            ComparisonTable.Write(comparison, output);
            if (parse.GetValue(page) is { } file)
            {
                AtomicFile.WriteAllText(file, ComparisonPage.Render(comparison, TimeProvider.System.GetUtcNow()).Markup);
                output.WriteLine($"page: {Path.GetFullPath(file)}");
            }
            return Task.FromResult(Entry.Done);
        });
        return command;
    }
}
