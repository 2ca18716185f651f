namespace PretrainCluster.Training.Exchange;

/// <summary>What a connection is for. The numbers travel.</summary>
enum Channel : byte
{
    Data = 0,
    Control = 1,
}
