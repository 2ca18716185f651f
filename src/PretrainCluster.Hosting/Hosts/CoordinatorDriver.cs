using System.Globalization;
using System.Security.Cryptography;

namespace PretrainCluster.Hosting.Hosts;

/// <summary>
/// Hands the coordinator what agents, workers and users say, and carries out its commands in their order: what the ledger has not taken, nobody may act
/// upon. How messages travel is its owner's; one thread at a time.
/// </summary>
public sealed class CoordinatorDriver
{
    readonly Coordinator _coordinator;
    readonly StoreLedger _ledger;
    readonly IRunBook _book;
    readonly Action<string, Message> _tell;
    readonly TimeProvider _clock;
    readonly Dictionary<string, Action<UserReply>> _asked = [];
    long _requests;

    /// <summary>Goes on from the ledger.</summary>
    /// <param name="book">keeps the records of the runs</param>
    /// <param name="tell">carries an order for an agent or a worker to a node</param>
    /// <exception cref="InvalidDataException">The ledger is damaged; the message names the entry.</exception>
    /// <exception cref="IOException">The ledger cannot be read.</exception>
    public CoordinatorDriver(StoreLedger ledger, IRunBook book, Action<string, Message> tell, TimeProvider clock)
    {
        (_ledger, _book, _tell, _clock) = (ledger, book, tell, clock);
        var entries = ledger.ReadAsync().GetAwaiter().GetResult();
        _coordinator = new Coordinator(new CoordinatorOptions { NewSecret = () => RandomNumberGenerator.GetBytes(32) }, entries, clock.GetUtcNow());
        book.Continue(entries);
    }

    /// <summary>When <see cref="Tick"/> is needed at the latest; null where it is not.</summary>
    public DateTimeOffset? NextDue => _coordinator.NextDue;

    /// <summary>Number of the newest entry that this coordinator wrote; 0 before the first.</summary>
    public long LastEntry { get; private set; }

    public RunStatusView StatusOf(string run) => _coordinator.StatusOf(run);

    /// <exception cref="LedgerSupersededException">Another coordinator has taken over; this one may do nothing more. So for all that follow.</exception>
    public void Hear(string node, AgentMessage said)
    {
        _book.Hear(said);
        Handle(new FromAgent(_clock.GetUtcNow(), node, said));
    }

    public void Hear(string node, WorkerMessage said)
    {
        _book.Hear(said);
        Handle(new FromWorker(_clock.GetUtcNow(), node, said));
    }

    /// <param name="by">whose rights count</param>
    public void Ask(UserRequest request, User by, Action<UserReply> reply)
    {
        var name = (++_requests).ToString(CultureInfo.InvariantCulture);
        _asked[name] = reply;
        Handle(new FromUser(_clock.GetUtcNow(), name, request, by));
    }

    public void Lose(string node, string reason) => Handle(new NodeLost(_clock.GetUtcNow(), node, reason));

    public void Tick() => Handle(new Tick(_clock.GetUtcNow()));

    void Handle(CoordinatorEvent e)
    {
        foreach (var command in _coordinator.Handle(e))
        {
            switch (command)
            {
                case Append append:
                    _ledger.AppendAsync(append.Entry).GetAwaiter().GetResult();
                    LastEntry = append.Entry.Number;
                    _book.Keep(append.Entry);
                    break;
                case ToWorker order:
                    _tell(order.Node, order.Order);
                    break;
                case ToAgent order:
                    _book.Order(order.Order);
                    _tell(order.Node, order.Order);
                    break;
                case Reply reply:
                    if (_asked.Remove(reply.Request, out var answer))
                        answer(reply.Message);
                    break;
                case Record record:
                    _book.Note(record);
                    break;
            }
        }
    }
}
