using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;

namespace PretrainCluster.Actors.Tests.Wire;

/// <summary>What may travel between actors, and that nothing else does.</summary>
public sealed class SerializationTests : IDisposable
{
    readonly ExtendedActorSystem _system = (ExtendedActorSystem)ActorSystem.Create("test", ClusterConfiguration.OfUser(NodeEndpoint.Parse("127.0.0.1:0"), ""));

    Serialization Serialization => _system.Serialization;

    public void Dispose() => _system.Terminate().Wait();

    [Fact]
    public void SealedMessage_TravelsAsItsBytesUnderKindAndVersion()
    {
        var message = new Sealed(new byte[] { 1, 2, 3 });
        var serializer = Assert.IsType<SealedSerializer>(Serialization.FindSerializerFor(message));
        Assert.Equal("sealed/1", serializer.Manifest(message));
        var read = Assert.IsType<Sealed>(Serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, "sealed/1"));
        Assert.Equal([1, 2, 3], read.Bytes.ToArray());
    }

    [Theory]
    [InlineData("sealed/2")]
    [InlineData("sealed")]
    [InlineData("PretrainCluster.Core.Coordination.Messages.PauseRun, PretrainCluster.Core")]
    public void FromBinary_UnderAnotherManifest_IsRefused(string manifest) =>
        Assert.Throws<SerializationException>(() => new SealedSerializer(_system).FromBinary([1], manifest));

    [Fact]
    public void FromBinary_BeyondTheLongestMessage_IsRefused() =>
        Assert.Throws<SerializationException>(() => new SealedSerializer(_system).FromBinary(new byte[Seal.MostBytes + 1], "sealed/1"));

    [Fact]
    public void WhatNobodyBound_IsRefusedInsteadOfNamingItsType()
    {
        var stranger = new Stranger("hello");
        var refused = Assert.Throws<SerializationException>(() => Serialization.FindSerializerFor(stranger).ToBinary(stranger));
        Assert.Contains(nameof(Stranger), refused.Message);
    }

    [Fact]
    public void MessagesOfAkkasFallback_AreRefused()
    {
        const int NewtonsoftJson = 1;
        var named = """{"$type":"System.IO.FileInfo","fileName":"any"}"""u8.ToArray();
        Assert.Throws<SerializationException>(() => Serialization.Deserialize(named, NewtonsoftJson, typeof(object).AssemblyQualifiedName!));
    }

    [Fact]
    public void TlsOfAnAkkaThatAsksForNoCertificate_IsRefusedWithTheVersionThatDoes()
    {
        const string Tls = "akka.remote.dot-netty.tcp { enable-ssl = true, ssl.certificate { path = node.pfx, password = x } }";
        if (typeof(ActorSystem).Assembly.GetName().Version < new Version(1, 5, 55))
            Assert.Contains("1.5.55", Assert.Throws<Core.InputException>(() => ClusterConfiguration.OfUser(NodeEndpoint.Parse("127.0.0.1:0"), Tls)).Message);
        else
            Assert.Contains("both certificates", Assert.Throws<Core.InputException>(() => ClusterConfiguration.OfUser(NodeEndpoint.Parse("127.0.0.1:0"), Tls + "\nakka.remote.dot-netty.tcp.ssl.require-mutual-authentication = false")).Message);
    }

    sealed record Stranger(string Text);
}
