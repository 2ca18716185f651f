namespace PretrainCluster.Training.Exchange;

/// <summary>What an operation sends to and expects from each peer. The mesh moves the bytes. Links are numbered as in <see cref="MeshExchange"/>.</summary>
abstract class Operation
{
    /// <summary>Nothing is left to be sent on the link.</summary>
    public abstract bool SendsNoMore(int link);

    /// <summary>Nothing is left to be received on the link.</summary>
    public abstract bool ExpectsNoMore(int link);

    /// <summary>The link's next frame, if it is ready.</summary>
    public abstract bool TryNext(int link, out Frame frame);

    /// <summary>Where the payload of a frame goes.</summary>
    /// <returns>false if there is no room for it yet</returns>
    /// <exception cref="InvalidDataException">The frame is not one that is due.</exception>
    public abstract bool TryAccept(int link, FrameHeader header, out Block destination);

    /// <summary>The payload is there, and verified.</summary>
    /// <exception cref="InvalidDataException">It says what cannot be.</exception>
    public abstract void Arrived(int link, FrameHeader header);
}
