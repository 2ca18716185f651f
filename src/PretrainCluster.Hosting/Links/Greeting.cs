using System.Text.Json;
using PretrainCluster.Core;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Links;

/// <summary>Who is at the other end of an agent's socket.</summary>
public enum LinkRole
{
    Worker,
    User,
}

/// <summary>The first frame of a link, always JSON, so that peers of different versions can tell each other so.</summary>
/// <param name="Name">the worker's; empty for a user</param>
/// <param name="Token">content of the token file, which only this user can read</param>
/// <param name="Codec">of all further frames</param>
public sealed record Greeting(int Protocol, LinkRole Role, string Token, string Codec, string Name, string Run, string Slot, int ProcessId)
{
    internal const int MaxBytes = 4096;

    internal static Greeting Read(ReadOnlySpan<byte> frame)
    {
        try
        {
            var greeting = JsonSerializer.Deserialize<Greeting>(frame, JsonText.Line);
            return greeting is { Token: not null, Codec: not null, Name: not null, Run: not null, Slot: not null } ? greeting : throw new MessageFormatException("a greeting with parts missing");
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
