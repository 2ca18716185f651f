namespace PretrainCluster.Core.Coordination;

/// <summary>How a run ended.</summary>
public enum RunEnd
{
    /// <summary>Its last step is applied and its checkpoint written.</summary>
    Finished,

    /// <summary>A user cancelled it.</summary>
    Cancelled,

    /// <summary>It cannot go on: a loss that is not finite, a plan that does not fit, or too many failures in a row.</summary>
    Failed,
}
