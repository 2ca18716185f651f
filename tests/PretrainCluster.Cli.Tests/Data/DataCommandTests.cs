using System.Text;
using System.Text.Json;
using PretrainCluster.Cli.CommandLine;

namespace PretrainCluster.Cli.Tests.Data;

/// <summary>The commands as a user runs them: arguments in, text and exit code out.</summary>
public sealed class DataCommandTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pretrain-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    string Source => Path.Combine(_folder, "source");

    string Dataset => Path.Combine(_folder, "dataset");

    [Fact]
    public async Task Import_GoodAndBadFiles_EndsWithZeroAndNamesTheBadOnes()
    {
        Sequence("a01_s01_e00_v01", 1);
        Sequence("a01_s02_e00_v03", 2);
        File.WriteAllText(Path.Combine(Source, "a01_s03_e00_v01.json"), "{}");

        var (code, output, _) = await Run("data", "import", Source, "--to", Dataset);

        Assert.Equal(0, code);
        Assert.Contains("left out 1 sample:", output);
        Assert.Contains("a01_s03_e00_v01  broken:", output);
        Assert.Contains("2 clips", output);
        Assert.Contains("split xsub: 1 train, 1 test", output);
    }

    [Fact]
    public async Task Import_NothingUsable_EndsWithTwoAndWritesNothing()
    {
        Directory.CreateDirectory(Source);
        File.WriteAllText(Path.Combine(Source, "a01_s03_e00_v01.json"), "{}");

        var (code, output, error) = await Run("data", "import", Source, "--to", Dataset);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains("not one clip was usable", error);
        Assert.False(Directory.Exists(Dataset));
    }

    [Theory]
    [InlineData("a.pkl", "\u0080\u0004cposix\nsystem\n(X\u0004\0\0\0truetR.", "a.pkl, byte 2: wants to call posix.system.")]
    [InlineData("a.pkl", "not a pickle", "no pickle of protocol 2 to 5")]
    [InlineData("a1_s1_t1_skeleton.mat", "MATLAB 7.3 MAT-file", "save it again with save(..., '-v7')")]
    [InlineData("0002-L.txt", "1 2 3\n", "holds no sequence of PKU-MMD")]
    [InlineData("train_label.pkl", "\u0080\u0004]N.", "beside it is no train_data_joint.npy")]
    public async Task Import_HostileOrDamagedFile_EndsWithTwoAndWritesNothing(string file, string content, string reason)
    {
        Directory.CreateDirectory(Source);
        File.WriteAllBytes(Path.Combine(Source, file), Encoding.Latin1.GetBytes(content));

        var (code, output, error) = await Run("data", "import", file == "a.pkl" ? Path.Combine(Source, file) : Source, "--to", Dataset);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(reason, error);
        Assert.Equal([Source], Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("--layout", "kinect-v9")]
    [InlineData("--preprocess", "c")]
    [InlineData("--preprocess", "agcn")]
    [InlineData("--splits", "xset")]
    [InlineData("--precision", "int8")]
    [InlineData("--format", "ply")]
    [InlineData("--format", "ntu")]
    [InlineData("--missing-list", "nowhere.txt")]
    public async Task Import_OptionThatCannotBe_EndsWithTwo(string option, string value)
    {
        Sequence("a01_s01_e00_v01", 1);

        var (code, _, error) = await Run("data", "import", Source, "--to", Dataset, option, value);

        Assert.Equal(2, code);
        Assert.NotEmpty(error);
        Assert.False(Directory.Exists(Dataset));
    }

    [Fact]
    public async Task Import_Twice_NeedsForce()
    {
        Sequence("a01_s01_e00_v01", 1);

        Assert.Equal(0, (await Run("data", "import", Source, "--to", Dataset)).Code);
        Assert.Equal(2, (await Run("data", "import", Source, "--to", Dataset)).Code);
        Assert.Equal(0, (await Run("data", "import", Source, "--to", Dataset, "--force")).Code);
    }

    [Fact]
    public async Task Import_Duplicates_AreNamedAndInspectShowsThem()
    {
        Sequence("a01_s01_e00_v02", 1);
        Sequence("a01_s01_e00_v03", 1);
        Sequence("a01_s02_e00_v03", 2);

        var (_, output, _) = await Run("data", "import", Source, "--to", Dataset);
        var (_, inspected, _) = await Run("data", "inspect", Dataset);

        Assert.Contains("a01_s01_e00_v03 = a01_s01_e00_v02", output);
        Assert.Contains("split xview-distinct: 1 train, 1 test", output);
        Assert.Contains("defects: 1 duplicate", inspected);
    }

    [Fact]
    public async Task Inspect_Json_CountsEverySide()
    {
        Sequence("a01_s01_e00_v01", 1, frames: 4);
        Sequence("a01_s02_e00_v02", 2, frames: 9);
        Sequence("a01_s02_e01_v03", 3, frames: 2);
        await Run("data", "import", Source, "--to", Dataset);

        var (code, output, _) = await Run("data", "inspect", Dataset, "--json");

        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        Assert.Equal((2, 4, 9), (root.GetProperty("lengths").GetProperty("shortest").GetInt32(), root.GetProperty("lengths").GetProperty("median").GetInt32(), root.GetProperty("lengths").GetProperty("longest").GetInt32()));
        var test = root.GetProperty("splits").EnumerateArray().First(split => split.GetProperty("name").GetString() == "xsub").GetProperty("test");
        Assert.Equal((2, 1, 2), (test.GetProperty("clips").GetInt32(), test.GetProperty("subjects").GetInt32(), test.GetProperty("views").GetInt32()));
        Assert.Equal(64, root.GetProperty("digest").GetString()!.Length);
    }

    [Fact]
    public async Task Inspect_NoDataset_EndsWithTwo() => Assert.Equal(2, (await Run("data", "inspect", _folder)).Code);

    [Fact]
    public async Task Verify_OneFlippedBit_NamesTheShardAndEndsWithOne()
    {
        Sequence("a01_s01_e00_v01", 1);
        await Run("data", "import", Source, "--to", Dataset);
        Assert.Equal(0, (await Run("data", "verify", Dataset)).Code);

        var shard = Directory.GetFiles(Dataset, "shard-*").Single();
        var bytes = File.ReadAllBytes(shard);
        bytes[^100] ^= 4;
        File.WriteAllBytes(shard, bytes);
        var (code, output, _) = await Run("data", "verify", Dataset);

        Assert.Equal(1, code);
        Assert.Contains(Path.GetFileName(shard), output);
        Assert.Contains("1 of 2 files damaged", output);
    }

    [Fact]
    public async Task Synthesize_SameSeed_GivesTheSameDigest()
    {
        var digests = new List<string>();
        foreach (var (name, seed) in new[] { ("a", "3"), ("b", "3"), ("c", "4") })
        {
            var folder = Path.Combine(_folder, name);
            Assert.Equal(0, (await Run("data", "synthesize", "--to", folder, "--clips", "30", "--frames", "12-16", "--subjects", "4", "--seed", seed)).Code);
            digests.Add(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, "shard-00000.safetensors")))));
        }

        Assert.Equal(digests[0], digests[1]);
        Assert.NotEqual(digests[0], digests[2]);
    }

    [Theory]
    [InlineData("--frames", "many")]
    [InlineData("--frames", "5-6-7")]
    [InlineData("--frames", "99999999999")]
    [InlineData("--clips", "0")]
    [InlineData("--noise", "-1")]
    public async Task Synthesize_OptionThatCannotBe_EndsWithTwo(string option, string value)
    {
        Assert.Equal(2, (await Run("data", "synthesize", "--to", Dataset, option, value)).Code);
        Assert.False(Directory.Exists(Dataset));
    }

    static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await Entry.Run(Verbs.Root(), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    void Sequence(string name, int number, int frames = 2)
    {
        Directory.CreateDirectory(Source);
        var frame = $"[{string.Join(", ", Enumerable.Range(0, 20).Select(joint => $"[{joint}, {joint * number}, 3]"))}]";
        var text = new StringBuilder().Append($$"""{"file_name": "{{name}}", "skeletons": [""").AppendJoin(", ", Enumerable.Repeat(frame, frames)).Append("""], "label": 1}""");
        File.WriteAllText(Path.Combine(Source, name + ".json"), text.ToString());
    }
}
