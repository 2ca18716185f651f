using System.Security.Cryptography;

namespace PretrainCluster.Training.Tests.Exchange;

public class MeshExchangeProcessTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void AllReduce_MemberKilledInTheMidst_OthersFailNamingIt(int killed)
    {
        using var gang = new Gang(3);
        gang.Members[killed].Kill();

        Assert.All(gang.Others(killed), other => Assert.StartsWith($"{killed} ", other.Hear()));
    }

    [Fact]
    public void AllReduce_MemberStoppedInTheMidst_OthersWaitUntilAborted()
    {
        using var gang = new Gang(3);
        gang.Members[1].Signal("STOP");
        gang.Members[0].Tell("rank 1 is silent");

        Assert.All(gang.Others(1), other => Assert.Contains("rank 1 is silent", other.Hear()));
        gang.Members[1].Signal("CONT");
        Assert.Contains("rank 1 is silent", gang.Members[1].Hear());
    }

    sealed class Gang : IDisposable
    {
        public Gang(int worldSize)
        {
            Members = [.. Enumerable.Range(0, worldSize).Select(_ => new MemberProcess())];
            var secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
            for (var rank = 0; rank < worldSize; rank++)
                Members[rank].Tell($"{rank} {secret} {string.Join(',', Members.Select(member => member.Endpoint))}");
            Assert.All(Members, member => Assert.Equal("adding", member.Hear()));
        }

        public MemberProcess[] Members { get; }

        public IEnumerable<MemberProcess> Others(int rank) => Members.Where((_, i) => i != rank);

        public void Dispose()
        {
            foreach (var member in Members)
                member.Dispose();
        }
    }
}
