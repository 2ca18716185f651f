namespace PretrainCluster.Cli.Views;

/// <summary>Progress as plain lines, one every five seconds at most, for where there is no terminal to draw on.</summary>
sealed class NowAndThen<T>(TextWriter output, TimeProvider time, Func<T, string> text) : IProgress<T>
{
    static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    long _last = time.GetTimestamp();

    public void Report(T value)
    {
        if (time.GetElapsedTime(_last) < s_every)
            return;
        _last = time.GetTimestamp();
        output.WriteLine(text(value));
    }
}
