namespace PretrainCluster.Training.Certificates;

/// <summary>
/// Says what was refused, each reason once: a stranger must not be able to fill a disk. Safe for several threads.
/// </summary>
public sealed class Refusals(Action<string> say)
{
    const int Most = 1000;

    readonly HashSet<string> _noted = [];

    public void Note(string reason)
    {
        lock (_noted)
        {
            if (_noted.Count >= Most || !_noted.Add(reason))
                return;
        }
        say(reason);
    }
}
