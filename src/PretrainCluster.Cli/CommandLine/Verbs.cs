using System.CommandLine;
using System.CommandLine.Help;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>The commands of <c>pretrain</c>. A new one is a line here; help and tests find it.</summary>
public static class Verbs
{
    public static RootCommand Root()
    {
        var root = new RootCommand("Pretrains self-supervised encoders of human skeleton motion, and evaluates them.")
        {
        };

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpText((HelpAction)help.Action!);
        return root;
    }
}
