using System.CommandLine;
using System.Diagnostics;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;

namespace PretrainCluster.Bench;

/// <summary>This program built with another tensor engine, stepping in a process of its own.</summary>
static class EngineStep
{
    const string Verb = "step-member";

    /// <param name="engine">TorchSharp or LibTorch</param>
    /// <exception cref="InputException">It cannot be built here.</exception>
    public static (StepProcess? Process, string? Missing) Start(string engine, FileInfo plan, int batch, int threads) =>
        StepProcess.Start(new ProcessStartInfo(Environment.ProcessPath!, [Build(engine), Verb, "--plan", plan.FullName, "--batch", $"{batch}", "--threads", $"{threads}"]));

    /// <summary>`bench step-member`: what the process runs.</summary>
    public static Command Command()
    {
        var plan = new Option<FileInfo>("--plan") { Required = true };
        var batch = new Option<int>("--batch") { Required = true };
        var threads = new Option<int>("--threads") { Required = true };
        var command = new Command(Verb, "Steps as standard input says, for bench step --beside") { plan, batch, threads };
        command.Hidden = true;
        command.SetAction(parse => Serve(parse.InvocationConfiguration.Output, PlanText.Read(parse.GetValue(plan)!.FullName), parse.GetValue(batch), parse.GetValue(threads)));
        return command;
    }

    static void Serve(TextWriter output, Plan plan, int batch, int threads)
    {
        using var step = new TrainingStep(plan, plan.Data.Shape!.Joints, batch, threads);
        step.Run();
        output.WriteLine("ready");
        while (Console.In.ReadLine() is { } line)
        {
            var timing = Timing.Of(() =>
            {
                for (var left = int.Parse(line, System.Globalization.CultureInfo.InvariantCulture); left > 0; left--)
                    step.Run();
            });
            output.WriteLine(FormattableString.Invariant($"{timing.Wall} {timing.Processor}"));
        }
    }

    /// <returns>the program's file, under build/engines</returns>
    static string Build(string engine)
    {
        var output = Checkout.At("build", "engines", engine);
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["build", Checkout.At("tests", "PretrainCluster.Bench"), "-c", "Release", "--nologo", "-v", "quiet", "-nodeReuse:false", "--artifacts-path", output, $"-p:TensorEngine={engine}"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InputException($"--beside {engine}: the program cannot be built with this engine here: {said.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal))?.Trim()}");
        return Path.Combine(output, "bin", "PretrainCluster.Bench", "release", "PretrainCluster.Bench.dll");
    }
}
