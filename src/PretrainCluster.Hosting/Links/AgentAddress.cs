using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace PretrainCluster.Hosting.Links;

/// <summary>
/// Where a node's agent listens. The path of the socket follows from the folder that the agent serves, so an agent that is started again is found
/// where the one before it was. It lies in a folder of this user's alone, because a socket's path has room for about a hundred characters only.
/// </summary>
/// <param name="Socket">path of the Unix domain socket</param>
/// <param name="TokenFile">file whose content a link must name; only this user can read it</param>
public sealed record AgentAddress(string Socket, string TokenFile)
{
    const string TokenName = "agent.token";
    const int TokenBytes = 32;
    const int MaxTokenFileBytes = 256;

    /// <param name="folder">the run's folder, or a node's</param>
    public static AgentAddress Of(string folder)
    {
        var full = Path.GetFullPath(folder);
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)))[..16];
        return new AgentAddress(Path.Combine(RuntimeFolder.Path(), $"{name}.sock"), Path.Combine(full, TokenName));
    }

    /// <summary>The token, made on first use; it stays the same for the agents that follow.</summary>
    public string MakeToken()
    {
        // One that a crash left empty would let anybody in.
        if (File.Exists(TokenFile) && ReadToken() is { Length: 2 * TokenBytes } known)
            return known;
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("Runs are hosted on Linux: the files of a run are protected by modes.");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        var token = RandomNumberGenerator.GetHexString(2 * TokenBytes, lowercase: true);
        using (var file = new FileStream(TokenFile, options))
            file.Write(Encoding.ASCII.GetBytes(token));
        return token;
    }

    public string ReadToken()
    {
        if (new FileInfo(TokenFile).Length > MaxTokenFileBytes)
            throw new InvalidDataException($"{TokenFile}: longer than any token; remove it");
        return File.ReadAllText(TokenFile).Trim();
    }

    internal Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(Socket));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
