using PretrainCluster.Learning;

namespace PretrainCluster.Cli.Runs;

/// <summary><c>--extension FILE</c>: the same option for every verb that reads plans.</summary>
sealed class ExtensionOption
{
    readonly Option<string[]> _files = new("--extension")
    {
        Description = "load objectives, encoders and other kinds from this assembly, whose code then runs with your rights (docs/extending.md); may be given again",
        HelpName = "FILE",
    };

    public ExtensionOption AddTo(Command command)
    {
        command.Add(_files);
        return this;
    }

    /// <summary>The kinds of this program and of the files that the user names.</summary>
    public PlanKinds Kinds(ParseResult parse) => Extensions.Load(Methods.BuiltIn, parse.GetValue(_files) ?? []);
}
