using System.Net.Sockets;
using Azure;
using Azure.Identity;

namespace PretrainCluster.Artifacts.Stores.Blobs;

/// <summary>What the service's errors mean.</summary>
static class BlobFailures
{
    /// <summary>Whether the same request may succeed later: no connection, cut in the middle, no answer in time, busy.</summary>
    public static bool IsPassing(Exception failure) => failure switch
    {
        RequestFailedException request => request.Status is 0 or 408 or 429 or 500 or 502 or 503 or 504,
        AuthenticationFailedException => false,
        StoreException => false,
        AggregateException several => several.InnerExceptions.All(IsPassing),
        IOException or HttpRequestException or SocketException or OperationCanceledException or ObjectDisposedException => true,
        _ => false,
    };

    public static bool IsMissing(RequestFailedException failure) => failure.Status == 404 && failure.ErrorCode is not "ContainerNotFound";

    /// <summary>Somebody else's content is under the name, or none at all where some was expected.</summary>
    public static bool IsConflict(RequestFailedException failure) => failure.ErrorCode is "BlobAlreadyExists" or "ConditionNotMet" or "TargetConditionNotMet" || IsMissing(failure);

    /// <summary>The blocks that were sent are not there any more.</summary>
    public static bool LacksBlocks(RequestFailedException failure) => failure.Status == 400 && failure.ErrorCode is "InvalidBlockList" or "InvalidBlobOrBlock";

    /// <summary>The failure as the caller of a store should see it.</summary>
    public static Exception Explain(Exception failure, BlobLocation location, string access, int attempts = 1) => failure switch
    {
        RequestFailedException { Status: 404, ErrorCode: "ContainerNotFound" } => new StoreException(StoreFailure.NoContainer,
            $"{location}: there is no container {location.Container} in account {location.Account}; create it (az storage container create --account-name {location.Account} --name {location.Container}), or correct the name.", failure),
        RequestFailedException { Status: 401 or 403 } denied => new StoreException(StoreFailure.Denied,
            $"{location}: {access} does not give permission ({denied.ErrorCode}); reading, writing, creating, listing and deleting blobs are needed.", failure),
        AuthenticationFailedException => new StoreException(StoreFailure.Denied,
            $"{location}: nobody is signed in who could open it; set AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_KEY, or sign in with az login.", failure),
        RequestFailedException { Status: not 0 } request when !IsPassing(request) => new StoreException(StoreFailure.Refused, $"{location}: the service refused ({request.Status} {request.ErrorCode}).", failure),
        _ when IsPassing(failure) => new StoreException(StoreFailure.Unreachable, $"{location} cannot be reached: {Reason(failure)} ({attempts} attempts).", failure),
        _ => failure,
    };

    static string Reason(Exception failure) => failure switch
    {
        RequestFailedException { Status: not 0 } request => $"it answers {request.Status} {request.ErrorCode}",
        AggregateException several => Reason(several.InnerExceptions[^1]),
        OperationCanceledException => "no answer in time",
        _ => failure.Message.Split('\n')[0].TrimEnd('.'),
    };
}
