using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PretrainCluster.Hosting.Links;

/// <summary>Who is at the other end of a link.</summary>
public enum LinkRole
{
    Worker,
    User,
}

/// <summary>The first frame of a link, always JSON, so that peers of different versions can tell each other so.</summary>
/// <param name="Token">content of the token file, which only this user can read; empty on a link to a cluster, which a
/// certificate opens</param>
/// <param name="Name">the worker's; a user's name, which counts where no certificate tells it</param>
public sealed record Greeting(
    int Protocol, LinkRole Role, string Token, string Name, string Run, string Slot, int ProcessId)
{
    internal const int MaxBytes = 4096;

    internal static Greeting OfUser(string token) =>
        new(MessageKinds.Protocol, LinkRole.User, token, Environment.UserName, "", "", Environment.ProcessId);

    internal static Greeting Read(ReadOnlySpan<byte> frame)
    {
        try
        {
            var greeting = JsonSerializer.Deserialize<Greeting>(frame, JsonText.Line);
            return greeting is { Token: not null, Name: not null, Run: not null, Slot: not null } ? greeting
                : throw new MessageFormatException("a greeting with parts missing");
        }
        catch (JsonException failure)
        {
            throw new MessageFormatException("no greeting", failure);
        }
    }

    internal byte[] Bytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonText.Line);
}

/// <summary>The agent's answer; null means welcome.</summary>
public sealed record Welcome(string? Refused)
{
    internal static Welcome Read(ReadOnlySpan<byte> frame)
    {
        try
        {
            return JsonSerializer.Deserialize<Welcome>(frame, JsonText.Line) ?? throw new MessageFormatException("no answer to the greeting");
        }
        catch (JsonException failure)
        {
            throw new MessageFormatException("no answer to the greeting", failure);
        }
    }

    internal byte[] Bytes() => JsonSerializer.SerializeToUtf8Bytes(this, JsonText.Line);
}

static class Tokens
{
    /// <summary>In a time that tells nothing of where they differ.</summary>
    public static bool Equal(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
