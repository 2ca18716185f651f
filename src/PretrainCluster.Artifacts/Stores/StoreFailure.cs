namespace PretrainCluster.Artifacts.Stores;

/// <summary>Why a store could not do what it was asked.</summary>
public enum StoreFailure
{
    /// <summary>The credentials are missing or wrong, or do not allow it.</summary>
    Denied,

    /// <summary>The container does not exist.</summary>
    NoContainer,

    /// <summary>It did not answer, or answered that it is busy, for as long as the store's patience lasts.</summary>
    Unreachable,

    /// <summary>It answered with an error that trying again does not mend.</summary>
    Refused,
}

/// <summary>A store elsewhere failed. It says nothing about the artifact that was asked for, which may well be sound.</summary>
public sealed class StoreException(StoreFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public StoreFailure Failure => failure;
}
