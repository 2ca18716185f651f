using System.IO.Compression;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats;

namespace PretrainCluster.Skeletons.Tests.Formats;

public sealed class InputFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_Folder_ListsSubfoldersByName()
    {
        Directory.CreateDirectory(_folder["b"]);
        File.WriteAllText(_folder["z.skeleton"], "z");
        File.WriteAllText(_folder["b/a.skeleton"], "a");
        File.WriteAllText(_folder["b/a.txt"], "a");

        using var files = InputFiles.Open(_folder.Path, ".skeleton");

        Assert.Equal(["a.skeleton", "z.skeleton"], files.Files.Select(file => file.Name));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Open_Zip_ReadsEntriesInPlace(CompressionLevel level)
    {
        var path = TestZip.Write(_folder["a.zip"], level, ("in/b.skeleton", "second"u8.ToArray()), ("in/a.skeleton", "first"u8.ToArray()));

        using var files = InputFiles.Open(path, ".skeleton");

        Assert.Equal(["first", "second"], files.Files.Select(file =>
        {
            using var stream = file.Open();
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }));
        Assert.Equal(["a.zip"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("../a.skeleton")]
    [InlineData("in/../../a.skeleton")]
    [InlineData("/etc/a.skeleton")]
    [InlineData("..\\a.skeleton")]
    [InlineData("C:\\a.skeleton")]
    public void Open_ZipThatClimbsOut_IsRefused(string name)
    {
        var path = TestZip.Write(_folder["a.zip"], CompressionLevel.Optimal, ("good.skeleton", [1]), (name, [1]));

        var problem = Assert.Throws<InputException>(() => InputFiles.Open(path, ".skeleton"));

        Assert.Contains($"entry '{name}' points outside", problem.Message);
    }

    [Fact]
    public void Read_EntryThatInflatesBeyondWhatItAnnounces_GivesNoMoreAndFails()
    {
        var path = TestZip.Write(_folder["a.zip"], CompressionLevel.SmallestSize, ("a.skeleton", new byte[50_000_000]));
        TestZip.ClaimLength(path, 60_000);

        using var files = InputFiles.Open(path, ".skeleton");
        using var stream = files.Files[0].Open();
        using var copy = new MemoryStream();

        Assert.StartsWith($"{path}:a.skeleton: ", Assert.Throws<InputException>(() => stream.CopyTo(copy)).Message);
        Assert.InRange(copy.Length, 0, 60_000);
    }

    [Fact]
    public void Open_ZipThatInflatesWithoutEnd_IsRefused()
    {
        var path = TestZip.Write(_folder["a.zip"], CompressionLevel.SmallestSize, ("a.skeleton", new byte[100_000_000]));

        Assert.Contains("to 100000000 bytes, which skeleton data does not", Assert.Throws<InputException>(() => InputFiles.Open(path, ".skeleton")).Message);
    }

    [Fact]
    public void Open_EntryThatAnnouncesMoreThanAnyZipHolds_IsRefused()
    {
        var path = TestZip.Write(_folder["a.zip"], CompressionLevel.SmallestSize, ("a.skeleton", new byte[1000]));
        TestZip.ClaimLength(path, 1_000_000_000);

        Assert.Contains("which no zip can", Assert.Throws<InputException>(() => InputFiles.Open(path, ".skeleton")).Message);
    }

    [Fact]
    public void Read_EntryWithAFlippedBit_FailsItsChecksum()
    {
        var path = TestZip.Write(_folder["a.zip"], CompressionLevel.NoCompression, ("a.skeleton", new byte[1000]));
        TestZip.Flip(path, 500);

        using var files = InputFiles.Open(path, ".skeleton");
        using var stream = files.Files[0].Open();

        Assert.Contains("checksum does not match", Assert.Throws<InputException>(() => stream.CopyTo(Stream.Null)).Message);
    }

    [Fact]
    public void Open_NoZip_IsRefused()
    {
        File.WriteAllText(_folder["a.zip"], "this is no zip");

        Assert.Contains("not a readable zip", Assert.Throws<InputException>(() => InputFiles.Open(_folder["a.zip"], ".skeleton")).Message);
    }

    [Fact]
    public void Open_DamagedZips_AreReadOrRefusedAndNothingElse()
    {
        var content = new byte[3000];
        new Random(3).NextBytes(content);
        var original = File.ReadAllBytes(TestZip.Write(_folder["a.zip"], CompressionLevel.Optimal, ("a.skeleton", content), ("b.skeleton", new byte[3000])));
        var random = new Random(4);
        for (var round = 0; round < 1500; round++)
        {
            var bytes = round % 3 == 0 ? original[..random.Next(original.Length)] : (byte[])original.Clone();
            for (var flips = random.Next(1, 8); flips > 0 && bytes.Length > 0; flips--)
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(_folder["b.zip"], bytes);
            try
            {
                using var files = InputFiles.Open(_folder["b.zip"], ".skeleton");
                foreach (var file in files.Files)
                {
                    using var stream = file.Open();
                    stream.CopyTo(Stream.Null);
                }
            }
            catch (InputException problem)
            {
                Assert.StartsWith(_folder["b.zip"], problem.Message);
            }
        }
    }
}
