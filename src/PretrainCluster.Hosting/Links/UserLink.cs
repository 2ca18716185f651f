namespace PretrainCluster.Hosting.Links;

/// <summary>Asks the host that works on a run of this machine.</summary>
public static class UserLink
{
    /// <summary>Whoever may reach what only this machine's user can: no role limits them.</summary>
    public static User OfThisMachine { get; } = new(Environment.UserName, Role.Operator);

    /// <param name="folder">the run's</param>
    /// <exception cref="InputException">Nobody works on it.</exception>
    public static UserReply Ask(string folder, UserRequest request)
    {
        MessageStream stream;
        try
        {
            stream = MessageStream.Open(AgentAddress.Of(folder), Greeting.OfUser);
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
