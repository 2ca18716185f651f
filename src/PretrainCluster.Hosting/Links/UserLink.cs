using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Links;

/// <summary>Asks the host that works on a run.</summary>
public static class UserLink
{
    static readonly JsonMessageCodec s_codec = new();

    /// <param name="folder">the run's</param>
    /// <exception cref="InputException">Nobody works on it.</exception>
    public static UserReply Ask(string folder, UserRequest request)
    {
        MessageStream stream;
        try
        {
            stream = MessageStream.Open(AgentAddress.Of(folder), token => new Greeting(MessageKinds.Protocol, LinkRole.User, token, s_codec.Name, "", "", "", Environment.ProcessId), s_codec);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: nobody works on this run; `pretrain run PLAN.yaml` goes on with it", absent);
        }
        using (stream)
        {
            stream.Write(request);
            return stream.Read() as UserReply ?? throw new IOException($"{folder}: the host ended before it answered");
        }
    }
}
