using System.ComponentModel;
using System.Diagnostics;

namespace PretrainCluster.Artifacts.Tests;

/// <summary>A test that runs Python; skipped where no Python with numpy is found. The variable PYTHON names another interpreter.</summary>
sealed class NumpyFactAttribute : FactAttribute
{
    static readonly Lazy<string?> Interpreter = new(() =>
        new[] { Environment.GetEnvironmentVariable("PYTHON"), "python3", "/usr/bin/python3" }.FirstOrDefault(python => python is not null && Run(python, "-c", "import numpy").ExitCode == 0));

    public NumpyFactAttribute()
    {
        if (Interpreter.Value is null)
            Skip = "no Python with numpy here (apt-get install python3-numpy)";
    }

    public static (int ExitCode, string Output) Run(params string[] arguments) => Run(Interpreter.Value!, arguments);

    static (int ExitCode, string Output) Run(string interpreter, params string[] arguments)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo(interpreter, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = python.StandardError.ReadToEndAsync();
            var output = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            return (python.ExitCode, output + errors.Result);
        }
        catch (Win32Exception)
        {
            return (-1, "");
        }
    }
}
