using System.Text;
using System.Text.RegularExpressions;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Tests.Codecs;

namespace PretrainCluster.Actors.Tests.Wire;

public sealed class SealTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pretrain-tests-").FullName;
    readonly Seal _node, _coordinator;

    public SealTests() => (_node, _coordinator) = (new Seal(SecretOf('a'), "10.0.0.2:4053"), new Seal(SecretOf('a'), "10.0.0.1:4053"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void EveryMessage_IsOpenedAsItWasClosed()
    {
        foreach (var message in MessageSamples.All)
        {
            var (read, from) = _coordinator.Open(_node.Close(message, "coordinator"), "coordinator");
            Assert.Equal("10.0.0.2:4053", from);
            Assert.Equal(message.GetType(), read.GetType());
            Assert.Equivalent(message, read, strict: true);
        }
    }

    [Fact]
    public void Open_OfTheProtocolsExample_IsWhatThePageSays()
    {
        var page = File.ReadAllText(Checkout.At("docs", "protocol.md"));
        var (secret, hex) = (Regex.Match(page, "with the secret `([^`]+)`").Groups[1].Value, Regex.Match(page, "(?m)^    (970[0-9a-f]+)$").Groups[1].Value);
        var file = Path.Combine(_folder, "example");
        File.WriteAllText(file, secret + "\n");
        var (message, from) = new Seal(ClusterSecret.Read(file), "10.0.0.1:4053").Open(new Sealed(Convert.FromHexString(hex)), "coordinator");
        Assert.Equal(new PauseRun("demo"), message);
        Assert.Equal("10.0.0.2:4053", from);
    }

    [Fact]
    public void Open_OfWhatWasSealedWithAnotherSecret_IsRefused() =>
        Assert.Contains("another secret", Refused(new Seal(SecretOf('b'), "10.0.0.2:4053").Close(new PauseRun("demo"), "coordinator")));

    [Fact]
    public void Open_OfAByteThatWasChanged_IsRefusedWhereverItIs()
    {
        var bytes = _node.Close(new PauseRun("demo"), "coordinator").Bytes.ToArray();
        for (var at = 0; at < bytes.Length; at++)
        {
            var changed = bytes.ToArray();
            changed[at] ^= 1;
            Refused(new Sealed(changed));
        }
        Assert.IsType<PauseRun>(_coordinator.Open(new Sealed(bytes), "coordinator").Message);
    }

    [Fact]
    public void Open_OfEveryPart_IsRefused()
    {
        var bytes = _node.Close(new PauseRun("demo"), "coordinator").Bytes;
        for (var length = 0; length < bytes.Length; length++)
            Refused(new Sealed(bytes[..length]));
        Refused(new Sealed(bytes.ToArray().Append((byte)0).ToArray()));
    }

    [Fact]
    public void Open_ForTheSecondTime_IsRefused()
    {
        var message = _node.Close(new PauseRun("demo"), "coordinator");
        _coordinator.Open(message, "coordinator");
        Assert.Contains("received before", Refused(message));
    }

    [Fact]
    public void Open_OutOfOrder_TakesEachOnce()
    {
        var messages = Enumerable.Range(0, 200).Select(i => _node.Close(new ScaleRun("demo", i), "coordinator")).ToArray();
        foreach (var i in (int[])[5, 3, 4, 0, 64, 1, 66, 65, 130])
            Assert.Equal(i, ((ScaleRun)_coordinator.Open(messages[i], "coordinator").Message).Workers);
        // Seen, or too far behind to know.
        foreach (var i in (int[])[3, 5, 64, 65, 66, 130, 2])
            Assert.Contains("received before", Refused(messages[i]));
        Assert.Equal(67, ((ScaleRun)_coordinator.Open(messages[67], "coordinator").Message).Workers);
    }

    [Fact]
    public void Open_OfAMessageForAnotherNode_IsRefused() =>
        Assert.Contains("it is for 10.0.0.3:4053", Refused(_node.Close(new PauseRun("demo"), "10.0.0.3:4053")));

    [Fact]
    public void Open_OfTwoSessionsOfOneNode_KeepsThemApart()
    {
        var restarted = new Seal(SecretOf('a'), "10.0.0.2:4053");
        _coordinator.Open(_node.Close(new PauseRun("demo"), "coordinator"), "coordinator");
        _coordinator.Open(restarted.Close(new PauseRun("demo"), "coordinator"), "coordinator");
    }

    [Fact]
    public void Close_OfAMessageBeyondTheLongest_IsRefused() =>
        Assert.Contains($"{Seal.MostBytes}", Assert.Throws<SealException>(() => _node.Close(new SubmitRun("demo", new string('x', 4 << 20), 0), "coordinator")).Message);

    [Fact]
    public void ReadOrMake_ByManyAtOnce_IsOneSecretThatOnlyItsOwnerReads()
    {
        var file = Path.Combine(_folder, ".cluster", "secret");
        var messages = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(16).Select(i => new Seal(ClusterSecret.ReadOrMake(file), $"10.0.1.{i}:1").Close(new PauseRun("demo"), "coordinator")).ToArray();
        var reader = new Seal(ClusterSecret.Read(file), "10.0.0.1:4053");
        Assert.All(messages, message => reader.Open(message, "coordinator"));
        Assert.Equal(["secret"], Directory.EnumerateFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(4097)]
    public void Read_OfAFileThatIsNoSecret_SaysWhatOneIs(int bytes)
    {
        var file = Path.Combine(_folder, "bad");
        File.WriteAllText(file, new string('x', bytes) + "\n");
        Assert.Contains(file, Assert.Throws<InputException>(() => ClusterSecret.Read(file)).Message);
    }

    string Refused(Sealed message) => Assert.Throws<SealException>(() => _coordinator.Open(message, "coordinator")).Message;

    ClusterSecret SecretOf(char letter)
    {
        var file = Path.Combine(_folder, $"{letter}");
        File.WriteAllText(file, new string(letter, 32), Encoding.ASCII);
        return ClusterSecret.Read(file);
    }
}
