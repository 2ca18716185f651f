using System.Buffers;
using System.Reflection;
using System.Runtime.Serialization;
using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Sampling;
using PretrainCluster.Hosting.Codecs;

namespace PretrainCluster.Hosting.Tests.Codecs;

/// <summary>What every codec must keep to.</summary>
public abstract class MessageCodecConformance
{
    protected abstract IMessageCodec Codec { get; }

    [Fact]
    public void Samples_CoverEveryMessageOfCore()
    {
        var declared = typeof(Message).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Message)) && !t.IsAbstract).ToHashSet();
        Assert.Equal(declared, MessageKinds.Types.ToHashSet());
        Assert.Equal(declared, MessageSamples.All.Select(m => m.GetType()).ToHashSet());
    }

    [Fact]
    public void Decode_WhatWasEncoded_GivesEveryMemberBack()
    {
        foreach (var message in MessageSamples.All)
        {
            var decoded = Codec.Decode(Encode(message));
            Assert.Equal(message.GetType(), decoded.GetType());
            Assert.Equivalent(message, decoded, strict: true);
            Assert.Equal(Encode(message), Encode(decoded));
        }
    }

    [Fact]
    public void Members_CarryDistinctOrdersForCodecsThatNumberThem()
    {
        foreach (var type in MessageKinds.Types)
        {
            var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != "EqualityContract").ToList();
            var orders = members.Select(p => p.GetCustomAttribute<DataMemberAttribute>()?.Order ?? -1).Order();
            Assert.True(orders.SequenceEqual(Enumerable.Range(0, members.Count)), type.Name);
        }
    }

    [Fact]
    public void Decode_CutShort_IsRefused()
    {
        foreach (var message in MessageSamples.All)
        {
            var bytes = Encode(message);
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<MessageFormatException>(() => Codec.Decode(bytes.AsMemory(0, length)));
        }
    }

    [Fact]
    public void Decode_DamagedAtRandom_IsAMessageOrRefusedAndNothingElse()
    {
        var random = new CounterRandom(1, RandomPurpose.Evaluation);
        var refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Encode(MessageSamples.All[round % MessageSamples.All.Count]);
            for (var flips = 1 + random.Next(4); flips > 0; flips--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Codec.Decode(bytes);
            }
            catch (MessageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 20_000);
    }

    protected byte[] Encode(Message message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Codec.Encode(message, buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
