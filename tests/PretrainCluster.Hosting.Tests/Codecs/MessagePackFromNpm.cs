using System.Diagnostics;

namespace PretrainCluster.Hosting.Tests.Codecs;

/// <summary>@msgpack/msgpack under node, which cluster/npm.sh installs.</summary>
static class MessagePackFromNpm
{
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    static readonly string s_folder = Checkout.At("build", "messagepack");

    /// <summary>Why it cannot be asked here; null where it can.</summary>
    public static string? Missing { get; } = !Directory.Exists(Path.Combine(s_folder, "node_modules"))
        ? "npm's MessagePack is not installed: cluster/npm.sh installs it where npm is (./test.sh runs that)"
        : FindNode() is null ? "there is no node here (apt-get install nodejs npm)" : null;

    /// <summary>Each message as docs/protocol.md writes values.</summary>
    public static IReadOnlyList<string> Decode(IEnumerable<byte[]> messages)
    {
        var start = new ProcessStartInfo(FindNode()!, [Checkout.At("tests", "PretrainCluster.Hosting.Tests", "Codecs", "npm", "decode.mjs"), s_folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var node = Process.Start(start)!;
        var (output, error) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        foreach (var message in messages)
            node.StandardInput.WriteLine(Convert.ToHexStringLower(message));
        node.StandardInput.Close();
        Assert.True(node.WaitForExit(s_limit), "node does not end");
        Assert.True(node.ExitCode == 0, error.Result);
        return output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    static string? FindNode() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);
}

/// <summary>A test that asks it; skipped where it is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
sealed class MessagePackFromNpmFactAttribute : FactAttribute
{
    public MessagePackFromNpmFactAttribute() => Skip = MessagePackFromNpm.Missing;
}
