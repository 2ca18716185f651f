namespace PretrainCluster.Core.Coordination;

/// <summary>
/// Who asks: a name and a role from a certificate, or the operating system's user where everything stays on one
/// machine.
/// </summary>
public sealed record User(string Name, Role Role)
{
    /// <summary>Whether the user may make a request at all.</summary>
    /// <exception cref="InputException">The role does not allow it.</exception>
    public void DemandRightTo(UserRequest request)
    {
        if (Role is Role.Node || Role is Role.Viewer && request is not AskStatus)
            throw new InputException(
                $"{Name} may not send {request.GetType().Name}: a {Role.ToString().ToLowerInvariant()} "
                    + $"{(Role is Role.Node ? "is no user" : "may ask for status only")}");
    }

    /// <summary>Whether the user may change a run that is there.</summary>
    /// <param name="owner">who submitted it</param>
    /// <exception cref="InputException">It is somebody else's, and the user is no operator.</exception>
    public void DemandRightOver(string run, string owner)
    {
        if (Role != Role.Operator && Name != owner)
            throw new InputException(
                $"Run {run} belongs to {(owner.Length > 0 ? owner : "nobody")}: {Name} may act on their own runs "
                    + "only, an operator on all.");
    }
}

/// <summary>What a certificate of the cluster lets its owner do.</summary>
public enum Role
{
    /// <summary>Be a node of the cluster; never ask for anything as a user does.</summary>
    Node,

    /// <summary>Ask how things stand.</summary>
    Viewer,

    /// <summary>Submit runs, and act on those that the same user submitted.</summary>
    Researcher,

    /// <summary>Act on every run.</summary>
    Operator,
}
