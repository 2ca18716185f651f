using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using PretrainCluster.Actors.Nodes;
using PretrainCluster.Actors.Wire;
using PretrainCluster.Core.Coordination;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Hosting.Agents;
using PretrainCluster.Hosting.Tests.Codecs;

namespace PretrainCluster.Actors.Tests.Wire;

/// <summary>What may travel between actors, and that nothing else does.</summary>
public sealed class SerializationTests : IDisposable
{
    readonly ExtendedActorSystem _system =
        (ExtendedActorSystem)ActorSystem.Create("test", BootstrapSetup.Create().WithConfig(
        ConfigurationFactory.ParseString("akka { actor.provider = local, loggers = [] }")
            .WithFallback(ClusterConfiguration.Reference)));

    Serialization Serialization => _system.Serialization;

    public void Dispose() => _system.Terminate().Wait();

    [Fact]
    public void EveryMessage_TravelsUnderKindAndVersion()
    {
        foreach (var message in MessageSamples.All)
        {
            var serializer = Assert.IsType<MessageSerializer>(Serialization.FindSerializerFor(message));
            Assert.Equal("message/2", serializer.Manifest(message));
            Assert.Equivalent(
                message, Serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, "message/2"),
                strict: true);
        }
    }

    [Fact]
    public void RequestOfAUser_TravelsWithNameAndRole()
    {
        var asked = new Asked(new User("anna", Role.Researcher), new PauseRun("demo"));
        var serializer = Assert.IsType<MessageSerializer>(Serialization.FindSerializerFor(asked));
        Assert.Equal(asked, serializer.FromBinary(serializer.ToBinary(asked), serializer.Manifest(asked)));
        for (var length = 0; length < serializer.ToBinary(asked).Length; length++)
            Assert.Throws<SerializationException>(
                () => serializer.FromBinary(serializer.ToBinary(asked)[..length], "asked/2"));
        var other = new Asked(asked.User, new AskStatus(null));
        Assert.Throws<SerializationException>(
            () => serializer.FromBinary(serializer.ToBinary(new Accepted("no request")), "asked/2"));
        Assert.Throws<SerializationException>(
            () => serializer.FromBinary(
            serializer.ToBinary(other with { User = new User("anna", (Role)9) }), "asked/2"));
    }

    [Fact]
    public void Asked_OfThePage_IsWhatTheSerializerWrites()
    {
        var page = File.ReadAllText(Checkout.At("docs", "protocol.md"));
        var hex = System.Text.RegularExpressions.Regex.Match(page, "(?m)^    (93a4[0-9a-f]+)$").Groups[1].Value;
        Assert.Equal(
            hex, Convert.ToHexStringLower(
            new MessageSerializer(_system)
            .ToBinary(new Asked(new User("anna", Role.Researcher), new PauseRun("demo")))));
    }

    [Theory]
    [InlineData("message/1")]
    [InlineData("message")]
    [InlineData("PretrainCluster.Core.Coordination.Messages.PauseRun, PretrainCluster.Core")]
    public void FromBinary_UnderAnotherManifest_IsRefused(string manifest) =>
        Assert.Throws<SerializationException>(() => new MessageSerializer(_system).FromBinary([1], manifest));

    [Fact]
    public void MessageBeyondTheLongest_IsRefusedInBothDirections()
    {
        var serializer = new MessageSerializer(_system);
        Assert.Throws<SerializationException>(
            () => serializer.ToBinary(new SubmitRun("demo", new string('x', 4 << 20), 0)));
        Assert.Throws<SerializationException>(
            () => serializer.FromBinary(new byte[MessageSerializer.MostBytes + 1], "message/2"));
    }

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
    public void Configuration_ThatTakesTheChecksOfCertificatesAway_ChangesNothing()
    {
        var config = ClusterConfiguration.Of(new NodeSettings
        {
            Role = NodeRole.Worker,
            At = NodeEndpoint.Parse("127.0.0.1:0"),
            Seeds = [],
            Runs = "",
            Worker = new WorkerProgram("", []),
            Evaluation = new WorkerProgram("", []),
            Log = new LogLines(),
            Configuration =
                "akka.remote.dot-netty.tcp { ssl { require-mutual-authentication = off, suppress-validation = on, "
                    + "validate-certificate-hostname = off } }",
        }).Get<BootstrapSetup>().Value.Config.Value.GetConfig("akka.remote.dot-netty.tcp.ssl");
        Assert.True(config.GetBoolean("require-mutual-authentication"));
        Assert.False(config.GetBoolean("suppress-validation"));
        Assert.True(config.GetBoolean("validate-certificate-hostname"));
    }

    sealed record Stranger(string Text);
}
