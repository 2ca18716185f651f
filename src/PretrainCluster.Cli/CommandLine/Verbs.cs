using System.CommandLine.Help;
using PretrainCluster.Cli.Cluster;
using PretrainCluster.Cli.Comparison;
using PretrainCluster.Cli.Data;
using PretrainCluster.Cli.Doctor;
using PretrainCluster.Cli.Inspection;
using PretrainCluster.Cli.Registry;
using PretrainCluster.Cli.Runs;
using PretrainCluster.Cli.Tables;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>The commands of <c>pretrain</c>. A new one is a line here; help and tests find it.</summary>
public static class Verbs
{
    public static RootCommand Root()
    {
        var root = new RootCommand("Pretrains self-supervised encoders of human skeleton motion, and evaluates them.")
        {
            DemoCommand.Create(),
            DataCommand.Create(),
            RunCommand.Create(),
            TableCommand.Create(),
            SubmitCommand.Create(),
            PlanCommand.Create(),
            RunsCommand.Create(),
            ShowCommand.Create(),
            CheckpointsCommand.Create(),
            WorkersCommand.Create(),
            ScaleCommand.Create(),
            PauseCommand.Create(),
            ResumeCommand.Create(),
            CancelCommand.Create(),
            EvaluateCommand.Create(),
            FuseCommand.Create(),
            CompareCommand.Create(),
            EmbedCommand.Create(),
            TagCommand.Create(),
            TagCommand.CreateRemoval(),
            PullCommand.Create(),
            BaselinesCommand.Create(),
            NodeCommand.Create(),
            ClusterCommand.Create(),
            DoctorCommand.Create(),
        };

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpText((HelpAction)help.Action!);
        return root;
    }
}
