namespace PretrainCluster.Training.Exchange;

/// <summary>A frame that is ready to be sent.</summary>
/// <param name="Checksum">CRC-32C of the payload</param>
readonly record struct Frame(FrameKind Kind, bool Last, Block Payload, uint Checksum);
