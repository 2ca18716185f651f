using System.Diagnostics;

namespace PretrainCluster.Skeletons.Tests;

/// <summary>A test that needs Python with numpy; skipped, with this reason, where there is none.</summary>
sealed class PythonFactAttribute : FactAttribute
{
    static readonly Lazy<string?> Found = new(() => new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(HasNumpy));

    public PythonFactAttribute() => Skip = Found.Value is null ? "needs python3 with numpy (apt-get install python3-numpy)" : null;

    public static string Python => Found.Value!;

    static bool HasNumpy(string python)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", "import numpy"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
