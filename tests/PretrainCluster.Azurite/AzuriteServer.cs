using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PretrainCluster.Azurite;

/// <summary>
/// A real Azurite on a free port of loopback. It keeps its index in memory and writes it every five seconds, so a kill makes it forget
/// what it acknowledged since; the service that it stands for does not, and nothing that relies on a store could live with that.
/// </summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    public const string Account = "devstoreaccount1";
    const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    const string Program = "build/azurite/node_modules/azurite/dist/src/blob/main.js";

    static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(1), s_indexWritten = TimeSpan.FromSeconds(6);

    readonly string _folder;
    Process _process;

    AzuriteServer(string folder, Process process, int port) => (_folder, _process, Port) = (folder, process, port);

    /// <summary>Why no Azurite can be started here; null where one can.</summary>
    public static string? Missing { get; } = FindProgram() is null
        ? "Azurite is not installed: cluster/npm.sh installs it where npm is (./test.sh runs that)"
        : FindNode() is null ? "there is no node here (apt-get install nodejs npm)" : null;

    public int Port { get; }

    public int ProcessId => _process.Id;

    public string ConnectionString => ConnectionStringThrough(Port);

    /// <summary>For a proxy's port in place of its own.</summary>
    public static string ConnectionStringThrough(int port) => string.Create(CultureInfo.InvariantCulture,
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint=http://127.0.0.1:{port}/{Account};");

    /// <summary>Where a store is in it.</summary>
    public static string Location(string container, string prefix = "") => $"azure://{Account}/{container}{(prefix.Length == 0 ? "" : "/")}{prefix}";

    public static async Task<AzuriteServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("pretrain-azurite-").FullName;
        var (process, port) = await StartAsync(folder, 0);
        return new(folder, process, port);
    }

    /// <summary>
    /// SIGKILL of a service that keeps what it acknowledged: the proxy, which all requests must come through, turns them away from now on
    /// and until it is told otherwise, and the kill comes once the index has what came before.
    /// </summary>
    public async Task KillBehindAsync(FaultProxy proxy)
    {
        await proxy.TurnAwayAsync();
        await IndexIsWritten();
        Kill();
    }

    /// <summary>Ends when what was acknowledged before would survive a kill.</summary>
    public static Task IndexIsWritten() => Task.Delay(s_indexWritten);

    /// <summary>SIGKILL. What was acknowledged in the last five seconds is forgotten.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>Starts it again, after a kill, on the same port and data.</summary>
    public async Task RestartAsync()
    {
        _process.Dispose();
        (_process, _) = await StartAsync(_folder, Port);
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    static async Task<(Process Process, int Port)> StartAsync(string folder, int port)
    {
        if (Missing is { } missing)
            throw new InvalidOperationException(missing);
        var start = new ProcessStartInfo(FindNode()!, [FindProgram()!, "--blobHost", "127.0.0.1", "--blobPort", port.ToString(CultureInfo.InvariantCulture),
            "--location", folder, "--skipApiVersionCheck", "--disableTelemetry", "--silent"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        try
        {
            var listening = await ListensAsync(process);
            await ConnectAsync(listening);
            return (process, listening);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    static async Task<int> ListensAsync(Process process)
    {
        using var limit = new CancellationTokenSource(s_startLimit);
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.Contains("successfully listens on", StringComparison.Ordinal))
            {
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..]).Port;
            }
        }
        throw new InvalidOperationException("Azurite ended instead of listening.");
    }

    static async Task ConnectAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
    }

    static string? FindProgram() => Checkout.At(Program) is var program && File.Exists(program) ? program : null;

    static string? FindNode() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "node")).FirstOrDefault(File.Exists);
}
