namespace PretrainCluster.Core.Coordination.Messages;

/// <summary>
/// What travels between a user, the coordinator, a node's agent and its workers. Declared once, here; a codec puts kind and version into the
/// envelope, and has the members in the order of the constructor's parameters: that order travels, so new ones go last.
/// </summary>
public abstract record Message;

/// <summary>From a worker process, through its node's agent, to the coordinator.</summary>
/// <param name="Worker">the worker that says it</param>
public abstract record WorkerMessage(string Worker) : Message;

/// <summary>From a node's agent to the coordinator, about the node itself.</summary>
public abstract record AgentMessage : Message;

/// <summary>From the coordinator to one worker, through its agent.</summary>
/// <param name="Worker">the worker that it is for</param>
public abstract record WorkerOrder(string Worker) : Message;

/// <summary>From the coordinator to a node's agent.</summary>
public abstract record AgentOrder : Message;

/// <summary>From a user to the coordinator.</summary>
public abstract record UserRequest : Message;

/// <summary>From the coordinator to the user who asked.</summary>
public abstract record UserReply : Message;
