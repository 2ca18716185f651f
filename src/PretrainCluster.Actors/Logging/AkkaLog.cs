using Akka.Actor.Setup;
using Akka.Event;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace PretrainCluster.Actors.Logging;

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
