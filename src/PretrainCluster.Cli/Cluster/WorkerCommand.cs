using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Workers;

namespace PretrainCluster.Cli.Cluster;

/// <summary><c>pretrain worker</c>: a worker process, as a node's agent starts it. In no help, because nobody types it.</summary>
public static class WorkerCommand
{
    public const string Name = "worker";

    /// <summary>How agents of this process start one.</summary>
    public static WorkerProgram Program => WorkerProgram.Of(typeof(WorkerCommand).Assembly.Location);

    /// <summary>How they start another verb of this command.</summary>
    public static WorkerProgram ProgramOf(string verb, IReadOnlyList<PlanExtension> extensions) => Program with
    {
        Arguments = [typeof(WorkerCommand).Assembly.Location, verb, .. extensions.SelectMany(extension => (string[])["--extension", extension.File])],
    };

    public static int Run(IReadOnlyList<string> line, TextWriter error)
    {
        try
        {
            return WorkerEntry.Run(WorkerArguments.Parse(line), TimeProvider.System);
        }
        catch (Exception exception)
        {
            return Entry.Explain(exception, error, CancellationToken.None);
        }
    }
}
