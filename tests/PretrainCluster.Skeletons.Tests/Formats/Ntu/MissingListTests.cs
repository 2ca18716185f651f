using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats.Ntu;

namespace PretrainCluster.Skeletons.Tests.Formats.Ntu;

public class MissingListTests
{
    [Fact]
    public void Read_OfficialForm_SkipsTheProse()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "missing.txt");
        File.WriteAllText(path, "Samples with missing skeletons\r\n302 of them\r\n\r\nS001C002P005R002A008\r\nS001C002P006R001A008.skeleton\r\n");

        Assert.Equal(["S001C002P005R002A008", "S001C002P006R001A008"], MissingList.Read(path).Order());
    }

    [Fact]
    public void Read_NoNames_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "missing.txt");
        File.WriteAllText(path, "nothing here");

        Assert.Contains("names no sample", Assert.Throws<InputException>(() => MissingList.Read(path)).Message);
    }

    [Fact]
    public void Read_NoFile_IsRefused() => Assert.Throws<InputException>(() => MissingList.Read("no-such-list.txt"));
}
