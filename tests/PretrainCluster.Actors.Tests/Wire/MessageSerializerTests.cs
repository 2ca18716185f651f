using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Tests.Codecs;

namespace PretrainCluster.Actors.Tests.Wire;

public sealed class MessageSerializerTests : IDisposable
{
    readonly ExtendedActorSystem _system = (ExtendedActorSystem)ActorSystem.Create("test", ClusterConfiguration.OfUser(NodeEndpoint.Parse("127.0.0.1:0")));

    Serialization Serialization => _system.Serialization;

    public void Dispose() => _system.Terminate().Wait();

    [Fact]
    public void EveryMessage_TravelsAsMessagePackUnderItsKindAndVersion()
    {
        foreach (var message in MessageSamples.All)
        {
            var serializer = Assert.IsType<MessageSerializer>(Serialization.FindSerializerFor(message));
            var manifest = serializer.Manifest(message);
            Assert.EndsWith("/1", manifest);
            Assert.DoesNotContain("PretrainCluster", manifest);
            var read = Serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, manifest);
            Assert.Equal(message.GetType(), read.GetType());
            Assert.Equivalent(message, read, strict: true);
        }
    }

    [Fact]
    public void Introduce_Travels()
    {
        var serializer = Assert.IsType<MessageSerializer>(Serialization.FindSerializerFor(Introduce.Yourself));
        Assert.Same(Introduce.Yourself, serializer.FromBinary(serializer.ToBinary(Introduce.Yourself), serializer.Manifest(Introduce.Yourself)));
    }

    [Theory]
    [InlineData("scale_run/1")]
    [InlineData("pause_run/2")]
    [InlineData("pause_run")]
    [InlineData("introduce/1")]
    [InlineData("PretrainCluster.Core.Coordination.Messages.PauseRun, PretrainCluster.Core")]
    public void FromBinary_UnderAnotherManifest_IsRefused(string manifest)
    {
        var serializer = new MessageSerializer(_system);
        Assert.Throws<SerializationException>(() => serializer.FromBinary(serializer.ToBinary(new PauseRun("demo")), manifest));
    }

    [Fact]
    public void FromBinary_BytesThatAreNoMessage_IsRefused() =>
        Assert.Throws<SerializationException>(() => new MessageSerializer(_system).FromBinary([0xc1], "pause_run/1"));

    [Fact]
    public void ToBinary_BeyondTheLongestMessage_IsRefused()
    {
        var refused = Assert.Throws<SerializationException>(() => new MessageSerializer(_system).ToBinary(new SubmitRun("demo", new string('x', 1 << 20), 0)));
        Assert.Contains("1048576", refused.Message);
    }

    [Fact]
    public void FromBinary_BeyondTheLongestMessage_IsRefused() =>
        Assert.Throws<SerializationException>(() => new MessageSerializer(_system).FromBinary(new byte[(1 << 20) + 1], "submit_run/1"));

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

    sealed record Stranger(string Text);
}
