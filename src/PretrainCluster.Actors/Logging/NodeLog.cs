using Akka.Actor.Setup;
using Akka.Event;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace PretrainCluster.Actors.Logging;

/// <summary>Everything that a node logs, each with an id that stays.</summary>
public static partial class NodeLog
{
    [LoggerMessage(1, LogLevel.Information, "{Role} node {At}, {How}")]
    public static partial void Started(this ILogger log, string role, string at, string how);

    [LoggerMessage(
        2, LogLevel.Warning,
        "no certificate: this node speaks on loopback only, and every user of this machine may do everything; "
            + "`pretrain cluster certificates` makes certificates")]
    public static partial void WithoutCertificate(this ILogger log);

    [LoggerMessage(3, LogLevel.Information, "users reach the cluster at {At}")]
    public static partial void UsersAt(this ILogger log, System.Net.EndPoint at);

    [LoggerMessage(4, LogLevel.Warning, "no longer in the cluster: {Why}; joining again")]
    public static partial void Left(this ILogger log, string why);

    [LoggerMessage(5, LogLevel.Warning, "not in the cluster yet: {Why}")]
    public static partial void NotYet(this ILogger log, string why);

    [LoggerMessage(6, LogLevel.Information, "leaving the cluster{How}")]
    public static partial void Leaving(this ILogger log, string how);

    [LoggerMessage(
        7, LogLevel.Error,
        "not in the cluster: none of its seed nodes took this node in; are they up, and reachable from here, and of "
            + "the same authority?")]
    public static partial void NeverIn(this ILogger log);

    [LoggerMessage(
        8, LogLevel.Warning,
        "the certificate is valid until {Until:yyyy-MM-dd} only; `pretrain cluster certificates` renews it")]
    public static partial void Expires(this ILogger log, DateTime until);

    [LoggerMessage(10, LogLevel.Information, "coordinates, from entry {Entry} of the ledger on")]
    public static partial void Coordinates(this ILogger log, long entry);

    [LoggerMessage(11, LogLevel.Information, "coordinates no more; its last entry is {Entry}")]
    public static partial void CoordinatesNoMore(this ILogger log, long entry);

    [LoggerMessage(12, LogLevel.Error, "{Reason}")]
    public static partial void Superseded(this ILogger log, string reason);

    [LoggerMessage(13, LogLevel.Warning, "{Text}")]
    public static partial void Trouble(this ILogger log, string text);

    [LoggerMessage(14, LogLevel.Information, "{Run}: {Kind}: {Text}{By}")]
    public static partial void RunEvent(this ILogger log, string run, string kind, string text, string by);

    [LoggerMessage(20, LogLevel.Warning, "refused: {What}")]
    public static partial void Refused(this ILogger log, string what);

    [LoggerMessage(EventId = 30, Message = "{Source}: {Text}")]
    public static partial void Akka(this ILogger log, LogLevel level, string source, string text, Exception? cause);
}

/// <summary>Where the lines of an actor system go.</summary>
sealed class LogSetup(ILogger log) : Setup
{
    public ILogger Log => log;
}

/// <summary>Takes Akka's own log lines to the node's log; cluster/pretrain.conf names it.</summary>
public sealed class AkkaLog : ReceiveActor
{
    readonly ILogger _log = Context.System.Settings.Setup.Get<LogSetup>() is { HasValue: true, Value: var setup }
        ? setup.Log : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
    readonly Refusals _refusals;

    public AkkaLog()
    {
        _refusals = new Refusals(_log.Refused);
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Take);
    }

    void Take(LogEvent said)
    {
        var text = $"{said.Message}";
        // Why a certificate is refused is logged where it is checked. What comes before that, a stranger may cause as
        // often as they like.
        if (!said.LogClass.Name.StartsWith("Tcp", StringComparison.Ordinal)
            || !text.Contains("TLS", StringComparison.Ordinal))
            _log.Akka(LevelOf(said), said.LogClass.Name, text, said.Cause);
        else if (text.Contains("did not provide a certificate", StringComparison.Ordinal))
            _refusals.Note("a node's connection: it shows no certificate");
        else
            _log.Akka(LogLevel.Debug, said.LogClass.Name, text, said.Cause);
    }

    static LogLevel LevelOf(LogEvent said) => said.LogLevel() switch
    {
        Akka.Event.LogLevel.ErrorLevel => LogLevel.Error,
        Akka.Event.LogLevel.WarningLevel => LogLevel.Warning,
        Akka.Event.LogLevel.InfoLevel => LogLevel.Information,
        _ => LogLevel.Debug,
    };
}
