using PretrainCluster.Core.Sampling;
using PretrainCluster.Hosting.Links;

namespace PretrainCluster.Hosting.Tests.Links;

public sealed class FrameStreamTests
{
    [Fact]
    public void Read_WhatWasWritten_FrameByFrameThenTheEnd()
    {
        using var stream = new MemoryStream();
        var frames = new FrameStream(stream);
        var sizes = new[] { 0, 1, 4095, 4096, 70_000, 3 };
        foreach (var size in sizes)
            frames.Write(Content(size));
        stream.Position = 0;

        foreach (var size in sizes)
            Assert.Equal(Content(size), frames.Read()!.Value.ToArray());
        Assert.Null(frames.Read());
    }

    [Fact]
    public void Read_StreamThatHandsOutSingleBytes_SameFrames()
    {
        using var stream = new MemoryStream();
        new FrameStream(stream).Write(Content(1000));
        var frames = new FrameStream(new Trickle(stream.ToArray()));
        Assert.Equal(Content(1000), frames.Read()!.Value.ToArray());
    }

    [Theory]
    [InlineData(101)]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    public void Read_LengthBeyondTheBound_RefusedBeforeAnythingIsAllocated(int length)
    {
        var frames = new FrameStream(new MemoryStream([.. BitConverter.GetBytes(length), 0, 0]), maxBytes: 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => frames.Read());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Read_StreamCutAnywhere_EndsAtAFrameOrSaysSo()
    {
        using var whole = new MemoryStream();
        var writer = new FrameStream(whole);
        writer.Write(Content(5));
        writer.Write(Content(9));
        for (var length = 0; length < whole.Length; length++)
        {
            var frames = new FrameStream(new MemoryStream(whole.ToArray(), 0, length));
            var complete = length is 0 or 9;
            if (length >= 9)
                Assert.Equal(Content(5), frames.Read()!.Value.ToArray());
            if (complete)
                Assert.Null(frames.Read());
            else
                Assert.Throws<EndOfStreamException>(() => frames.Read());
        }
    }

    [Fact]
    public void Write_FrameBeyondTheBound_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameStream(new MemoryStream(), maxBytes: 100).Write(Content(101)));

    static byte[] Content(int size)
    {
        var random = new CounterRandom((ulong)size, RandomPurpose.Evaluation);
        return [.. Enumerable.Range(0, size).Select(_ => (byte)random.Next(256))];
    }

    sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}
