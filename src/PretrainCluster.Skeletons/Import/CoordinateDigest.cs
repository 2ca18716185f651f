using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace PretrainCluster.Skeletons.Import;

/// <summary>128 bits of the SHA-256 of a clip's shape and coordinates: equal clips are equal, and no others by chance.</summary>
public readonly record struct CoordinateDigest(UInt128 Bits)
{
    public static CoordinateDigest Of(Clip clip)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([clip.Frames, clip.Persons, clip.Joints]));
        hash.AppendData(MemoryMarshal.AsBytes<float>(clip.Positions));
        return new CoordinateDigest(MemoryMarshal.Read<UInt128>(hash.GetHashAndReset()));
    }
}
