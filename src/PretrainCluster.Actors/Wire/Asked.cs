using PretrainCluster.Core.Coordination;

namespace PretrainCluster.Actors.Wire;

/// <summary>
/// A user's request on its way from the node that took it to the coordinator. The node has read the user's name and
/// role from the certificate.
/// </summary>
public sealed record Asked(User User, UserRequest Request);
