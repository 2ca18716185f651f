using PretrainCluster.Skeletons.Formats.Npz;

namespace PretrainCluster.Skeletons.Formats.Pickle;

/// <summary>A numpy array in a pickle.</summary>
/// <param name="Header">Element type and shape.</param>
/// <param name="Fortran">Whether the first index runs fastest.</param>
/// <param name="Data">Exactly as many bytes as the header needs.</param>
public sealed record PickleArray(NpyHeader Header, bool Fortran, PickleBytes Data);
