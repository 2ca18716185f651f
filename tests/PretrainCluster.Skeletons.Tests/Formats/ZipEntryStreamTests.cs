using System.IO.Compression;
using PretrainCluster.Skeletons.Formats;

namespace PretrainCluster.Skeletons.Tests.Formats;

public class ZipEntryStreamTests
{
    /// <summary>The archive's writer computes checksums of its own, so reading what it wrote compares the two.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(100_003)]
    public void Read_ContentOfAnyLength_AgreesWithTheLibrarysChecksum(int length)
    {
        using var folder = new TemporaryFolder();
        var content = new byte[length];
        new Random(length).NextBytes(content);
        using var files = InputFiles.Open(TestZip.Write(folder["a.zip"], CompressionLevel.Fastest, ("a.skeleton", content)), ".skeleton");
        using var stream = files.Files[0].Open();
        using var copy = new MemoryStream();

        stream.CopyTo(copy, bufferSize: 13);

        Assert.Equal(content, copy.ToArray());
    }
}
