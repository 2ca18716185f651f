namespace PretrainCluster.Cli.CommandLine;

/// <summary>The groups of the root's help, in their order.</summary>
public enum VerbGroup
{
    Start,
    Data,
    Runs,
    Encoders,
    Machine,
}

/// <summary>A line to type, and what it does; both are shown by --help, and a test parses every one.</summary>
public sealed record Example(string Line, string Meaning);

/// <summary>
/// A command with its place in the root's help and examples to learn from. A verb's action is set with
/// <c>SetAction((parse, cancellation) => Task&lt;int&gt;)</c>, writes to <c>parse.InvocationConfiguration.Output</c> and returns the exit code.
/// </summary>
public sealed class Verb(string name, string description) : Command(name, description)
{
    public VerbGroup Group { get; init; }

    public IReadOnlyList<Example> Examples { get; init; } = [];
}
