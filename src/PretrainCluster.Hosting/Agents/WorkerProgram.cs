namespace PretrainCluster.Hosting.Agents;

/// <summary>The command that becomes a worker process; the agent adds the arguments of <see cref="Workers.WorkerArguments"/>.</summary>
/// <param name="File">a program, found as a shell finds it</param>
/// <param name="Arguments">before those of the agent</param>
public sealed record WorkerProgram(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>The hidden verb of an assembly of this build, under the same .NET as this process.</summary>
    /// <param name="assembly">path of pretrain.dll</param>
    public static WorkerProgram Of(string assembly)
    {
        var dotnet = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } known ? known
            : "dotnet";
        return new WorkerProgram(dotnet, [assembly, "worker"]);
    }
}
