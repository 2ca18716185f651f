using System.Diagnostics;

namespace PretrainCluster.Cli.Tests.Deployment;

/// <summary>A folder with programs that stand for others, found before those.</summary>
sealed class FakePrograms : IDisposable
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public string Folder { get; } = Directory.CreateTempSubdirectory("pretrain-fakes-").FullName;

    /// <param name="body">lines for sh; $FAKE is the folder</param>
    public void Add(string name, string body)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string[] Lines(string file) => File.Exists(Path.Combine(Folder, file)) ? File.ReadAllLines(Path.Combine(Folder, file)) : [];

    public (int Code, string Output) Run(string program, params string[] arguments)
    {
        using var process = Start(program, arguments, []);
        return End(process);
    }

    /// <param name="environment">besides what this process has</param>
    public Process Start(string program, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, WorkingDirectory = Folder };
        start.Environment["FAKE"] = Folder;
        start.Environment["PATH"] = $"{Folder}:{Environment.GetEnvironmentVariable("PATH")}";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    public static (int Code, string Output) End(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{process.StartInfo.FileName} does not end");
        }
        return (process.ExitCode, output.Result);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
