namespace PretrainCluster.Core.Coordination;

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
