using System.CommandLine.Completions;

namespace PretrainCluster.Cli.CommandLine;

/// <summary>
/// <c>pretrain completion SHELL</c>: what a shell needs to complete commands, options, and the names of runs and models.
/// The script asks this program for each word, by the parser's directive <c>[suggest:POSITION]</c>.
/// </summary>
static class Completion
{
    const string Bash = """
        # pretrain: completion for bash. Put  source <(pretrain completion bash)  into ~/.bashrc.
        _pretrain() {
            local line=${COMP_LINE:0:COMP_POINT} word word_of_bash found
            line=${line#* }
            word=${line##* }
            # A word of bash ends at a colon, which stands in the middle of NAME:TAG.
            word_of_bash=${word##*:}
            COMPREPLY=()
            while IFS= read -r found; do
                [[ $found == "$word"* ]] && COMPREPLY+=("${found#"${word%"$word_of_bash"}"}")
            done < <("$1" "[suggest:${#line}]" "$line" 2>/dev/null)
        }
        complete -o default -F _pretrain pretrain
        """;

    const string Zsh = """
        # pretrain: completion for zsh. Put  source <(pretrain completion zsh)  into ~/.zshrc, after compinit.
        _pretrain() {
            local line="${BUFFER[1,CURSOR]#* }"
            local -a found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -- "${(@)found:#}" || _files
        }
        compdef _pretrain pretrain
        """;

    const string Fish = """
        # pretrain: completion for fish. Put  pretrain completion fish | source  into ~/.config/fish/config.fish.
        function __pretrain_complete
            set -l program (commandline -opc)[1]
            set -l line (string replace -r '^\S+\s*' '' -- (commandline -cp))
            $program "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -c pretrain -a '(__pretrain_complete)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Verb("completion", "what a shell needs to complete pretrain's commands, options, runs and models")
        {
            Group = VerbGroup.Machine,
            Examples =
            [
                new("pretrain completion bash", "in ~/.bashrc: source <(pretrain completion bash)"),
                new("pretrain completion fish", "in ~/.config/fish/config.fish: pretrain completion fish | source"),
            ],
        };
        command.Add(shell);
        command.SetAction(parse =>
        {
            var script = parse.GetRequiredValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash };
            parse.Output().WriteLine(script.ReplaceLineEndings("\n"));
        });
        return command;
    }

    /// <summary>Completes the names of runs and models wherever a command takes one.</summary>
    public static void AddNames(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            if (argument.Name is "RUN" or "CHECKPOINT" or "CHECKPOINTS")
                argument.CompletionSources.Add(context => Runs(context, command).Select(run => run.Name));
            // What names a checkpoint and takes no store takes no tag either.
            if (argument.Name is "CHECKPOINT" or "NAME:TAG" && command.Options.Any(option => option.Name == "--store"))
                argument.CompletionSources.Add(context => Tags(Runs(context, command)));
        }
        foreach (var below in command.Subcommands)
            AddNames(below);
    }

    static IReadOnlyList<RunFolder> Runs(CompletionContext context, Command command) =>
        command.Options.OfType<Option<string>>().FirstOrDefault(option => option.Name == "--runs") is { } runs
            && context.ParseResult.GetValue(runs) is { } folder && Directory.Exists(folder) ? RunFolder.List(folder) : [];

    // The parser asks for names at once, and stores on this machine answer at once.
    static IEnumerable<string> Tags(IReadOnlyList<RunFolder> runs) =>
        CheckpointName.TagsOnThisMachineAsync(runs).GetAwaiter().GetResult().Select(tag => tag.ToString());
}
