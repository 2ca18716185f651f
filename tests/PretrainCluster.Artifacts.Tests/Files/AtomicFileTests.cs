using PretrainCluster.Artifacts.Files;

namespace PretrainCluster.Artifacts.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Commit_OverOlderFile_ReplacesItAndLeavesNothingElse()
    {
        AtomicFile.WriteAllText(_folder["a.txt"], "older");
        AtomicFile.WriteAllText(_folder["a.txt"], "newer");

        Assert.Equal("newer", File.ReadAllText(_folder["a.txt"]));
        Assert.Equal([_folder["a.txt"]], _folder.Files());
    }

    [Fact]
    public void Dispose_WithoutCommit_KeepsOlderFileAndLeavesNothingElse()
    {
        AtomicFile.WriteAllText(_folder["a.txt"], "older");
        using (var file = new AtomicFile(_folder["a.txt"]))
            file.Write("half"u8);

        Assert.Equal("older", File.ReadAllText(_folder["a.txt"]));
        Assert.Equal([_folder["a.txt"]], _folder.Files());
    }

    [Fact]
    public void CommitIfAbsent_ManyWriters_ExactlyOneWins()
    {
        var wins = 0;
        Parallel.For(0, 32, writer =>
        {
            using var file = new AtomicFile(_folder["a.txt"]);
            file.Write([(byte)writer]);
            if (file.CommitIfAbsent())
                Interlocked.Increment(ref wins);
        });

        Assert.Equal(1, wins);
        Assert.Equal([_folder["a.txt"]], _folder.Files());
    }

    [Fact]
    public void DeleteOrphans_DeadAndLivingWriters_DeletesWhatTheDeadLeft()
    {
        Directory.CreateDirectory(_folder["below"]);
        using var living = new AtomicFile(_folder["a.txt"]);
        File.WriteAllText(_folder["below/b.txt.writing-0123456789ab"], "half");
        File.WriteAllText(_folder["c.txt"], "whole");

        AtomicFile.DeleteOrphans(_folder[""], before: DateTimeOffset.UtcNow.AddMinutes(-1));
        Assert.Equal(3, _folder.Files().Count());
        AtomicFile.DeleteOrphans(_folder[""]);
        Assert.Equal(2, _folder.Files().Count());

        living.Write("alive"u8);
        living.Commit();
        Assert.Equal([_folder["a.txt"], _folder["c.txt"]], _folder.Files().Order());
    }

    [Fact]
    public void Open_FolderThatIsAFile_SaysWhichFileCannotBeWritten()
    {
        File.WriteAllText(_folder["blocker"], "");

        var failure = Assert.Throws<IOException>(() => new AtomicFile(_folder["blocker/a.txt"]));

        Assert.Contains(_folder["blocker/a.txt"], failure.Message);
    }
}
