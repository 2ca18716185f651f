namespace PretrainCluster.Learning.Objectives;

/// <summary>What a clip's loss depends on besides the weights and the clip itself.</summary>
public enum Coupling
{
    /// <summary>Nothing: losses and gradients of micro-batches are simply added (masked prediction).</summary>
    Nothing,

    /// <summary>Values of earlier steps, which are equal on every worker: queues, momentum encoders.</summary>
    EarlierSteps,

    /// <summary>All clips of the global batch, and the gradient flows through all of them.</summary>
    GlobalBatch,
}
