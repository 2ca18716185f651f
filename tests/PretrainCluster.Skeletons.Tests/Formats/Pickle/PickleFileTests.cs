using System.Diagnostics;
using System.Text;
using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats.Pickle;

namespace PretrainCluster.Skeletons.Tests.Formats.Pickle;

public sealed class PickleFileTests : IDisposable
{
    /// <summary>
    /// What CPython 3.11 and numpy 1.24 write: {'split': {'xsub_train': [name], 'xsub_val': ['bbb']}, 'annotations': [{..., 'keypoint': numpy.arange(12) / 4 as
    /// f2 in [1, 2, 2, 3], 'f': the same in Fortran order, 'n': numpy.int64(-5), 'x': 1.5, 't': (1, True, None), 'big': -2**40, 'name': numpy.str_('é')}]}.
    /// </summary>
    public static TheoryData<int, string> OfPython => new()
    {
        { 2, "gAJ9cQAoWAUAAABzcGxpdHEBfXECKFgKAAAAeHN1Yl90cmFpbnEDXXEEWBQAAABTMDAxQzAwMVAwMDFSMDAxQTAwMXEFYVgIAAAAeHN1Yl92YWxxBl1xB1gDAAAAYmJicQhhdVgLAAAAYW5ub3RhdGlvbnNxCV1xCn1xCyhYCQAAAGZyYW1lX2RpcnEMaAVYBQAAAGxhYmVscQ1LA1gMAAAAdG90YWxfZnJhbWVzcQ5LAlgIAAAAa2V5cG9pbnRxD2NudW1weS5jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEQY251bXB5Cm5kYXJyYXkKcRFLAIVxEmNfY29kZWNzCmVuY29kZQpxE1gBAAAAYnEUWAYAAABsYXRpbjFxFYZxFlJxF4dxGFJxGShLAShLAUsCSwJLA3RxGmNudW1weQpkdHlwZQpxG1gCAAAAZjJxHImIh3EdUnEeKEsDWAEAAAA8cR9OTk5K/////0r/////SwB0cSBiiWgTWBoAAAAAAAA0ADgAOgA8AD0APgA/AEDCgEAAQcKAQXEhaBWGcSJScSN0cSRiWAEAAABmcSVoEGgRSwCFcSZoF4dxJ1JxKChLAShLAUsCSwJLA3RxKWgeiGgTWBoAAAAAAAA+ADrCgEAANAA/ADwAQQA4AEAAPcKAQXEqaBWGcStScSx0cS1iWAEAAABucS5jbnVtcHkuY29yZS5tdWx0aWFycmF5CnNjYWxhcgpxL2gbWAIAAABpOHEwiYiHcTFScTIoSwNoH05OTkr/////Sv////9LAHRxM2JoE1gQAAAAw7vDv8O/w7/Dv8O/w7/Dv3E0aBWGcTVScTaGcTdScThYAQAAAHhxOUc/+AAAAAAAAFgBAAAAdHE6SwGITodxO1gDAAAAYmlncTyKBgAAAAAA/1gEAAAAbmFtZXE9aC9oG1gCAAAAVTFxPomIh3E/UnFAKEsDaB9OTk5LBEsESwh0cUFiaBNYBQAAAMOpAAAAcUJoFYZxQ1JxRIZxRVJxRnVhdS4=" },
        { 3, "gAN9cQAoWAUAAABzcGxpdHEBfXECKFgKAAAAeHN1Yl90cmFpbnEDXXEEWBQAAABTMDAxQzAwMVAwMDFSMDAxQTAwMXEFYVgIAAAAeHN1Yl92YWxxBl1xB1gDAAAAYmJicQhhdVgLAAAAYW5ub3RhdGlvbnNxCV1xCn1xCyhYCQAAAGZyYW1lX2RpcnEMaAVYBQAAAGxhYmVscQ1LA1gMAAAAdG90YWxfZnJhbWVzcQ5LAlgIAAAAa2V5cG9pbnRxD2NudW1weS5jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnEQY251bXB5Cm5kYXJyYXkKcRFLAIVxEkMBYnETh3EUUnEVKEsBKEsBSwJLAksDdHEWY251bXB5CmR0eXBlCnEXWAIAAABmMnEYiYiHcRlScRooSwNYAQAAADxxG05OTkr/////Sv////9LAHRxHGKJQxgAAAA0ADgAOgA8AD0APgA/AECAQABBgEFxHXRxHmJYAQAAAGZxH2gQaBFLAIVxIGgTh3EhUnEiKEsBKEsBSwJLAksDdHEjaBqIQxgAAAA+ADqAQAA0AD8APABBADgAQAA9gEFxJHRxJWJYAQAAAG5xJmNudW1weS5jb3JlLm11bHRpYXJyYXkKc2NhbGFyCnEnaBdYAgAAAGk4cSiJiIdxKVJxKihLA2gbTk5OSv////9K/////0sAdHErYkMI+/////////9xLIZxLVJxLlgBAAAAeHEvRz/4AAAAAAAAWAEAAAB0cTBLAYhOh3ExWAMAAABiaWdxMooGAAAAAAD/WAQAAABuYW1lcTNoJ2gXWAIAAABVMXE0iYiHcTVScTYoSwNoG05OTksESwRLCHRxN2JDBOkAAABxOIZxOVJxOnVhdS4=" },
        { 4, "gASVFwIAAAAAAAB9lCiMBXNwbGl0lH2UKIwKeHN1Yl90cmFpbpRdlIwUUzAwMUMwMDFQMDAxUjAwMUEwMDGUYYwIeHN1Yl92YWyUXZSMA2JiYpRhdYwLYW5ub3RhdGlvbnOUXZR9lCiMCWZyYW1lX2RpcpRoBYwFbGFiZWyUSwOMDHRvdGFsX2ZyYW1lc5RLAowIa2V5cG9pbnSUjBVudW1weS5jb3JlLm11bHRpYXJyYXmUjAxfcmVjb25zdHJ1Y3SUk5SMBW51bXB5lIwHbmRhcnJheZSTlEsAhZRDAWKUh5RSlChLAShLAUsCSwJLA3SUaBOMBWR0eXBllJOUjAJmMpSJiIeUUpQoSwOMATyUTk5OSv////9K/////0sAdJRiiUMYAAAANAA4ADoAPAA9AD4APwBAgEAAQYBBlHSUYowBZpRoEmgVSwCFlGgXh5RSlChLAShLAUsCSwJLA3SUaB+IQxgAAAA+ADqAQAA0AD8APABBADgAQAA9gEGUdJRijAFulGgQjAZzY2FsYXKUk5RoHIwCaTiUiYiHlFKUKEsDaCBOTk5K/////0r/////SwB0lGJDCPv/////////lIaUUpSMAXiURz/4AAAAAAAAjAF0lEsBiE6HlIwDYmlnlIoGAAAAAAD/jARuYW1llGgtaByMAlUxlImIh5RSlChLA2ggTk5OSwRLBEsIdJRiQwTpAAAAlIaUUpR1YXUu" },
        { 5, "gAWVFQIAAAAAAAB9lCiMBXNwbGl0lH2UKIwKeHN1Yl90cmFpbpRdlIwUUzAwMUMwMDFQMDAxUjAwMUEwMDGUYYwIeHN1Yl92YWyUXZSMA2JiYpRhdYwLYW5ub3RhdGlvbnOUXZR9lCiMCWZyYW1lX2RpcpRoBYwFbGFiZWyUSwOMDHRvdGFsX2ZyYW1lc5RLAowIa2V5cG9pbnSUjBJudW1weS5jb3JlLm51bWVyaWOUjAtfZnJvbWJ1ZmZlcpSTlCiWGAAAAAAAAAAAAAA0ADgAOgA8AD0APgA/AECAQABBgEGUjAVudW1weZSMBWR0eXBllJOUjAJmMpSJiIeUUpQoSwOMATyUTk5OSv////9K/////0sAdJRiKEsBSwJLAksDdJSMAUOUdJRSlIwBZpRoEiiWGAAAAAAAAAAAAAA+ADqAQAA0AD8APABBADgAQAA9gEGUaBkoSwFLAksCSwN0lIwBRpR0lFKUjAFulIwVbnVtcHkuY29yZS5tdWx0aWFycmF5lIwGc2NhbGFylJOUaBaMAmk4lImIh5RSlChLA2gaTk5OSv////9K/////0sAdJRiQwj7/////////5SGlFKUjAF4lEc/+AAAAAAAAIwBdJRLAYhOh5SMA2JpZ5SKBgAAAAAA/4wEbmFtZZRoKWgWjAJVMZSJiIeUUpQoSwNoGk5OTksESwRLCHSUYkME6QAAAJSGlFKUdWF1Lg==" },
    };

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(OfPython))]
    public void Open_WrittenByPython_GivesItsData(int protocol, string base64)
    {
        var bytes = Convert.FromBase64String(base64);
        Assert.Equal(protocol, bytes[1]);
        using var file = Open(bytes);

        var root = Assert.IsType<Dictionary<object, object?>>(file.Root);
        Assert.Equal(["bbb"], Assert.IsType<List<object?>>(((Dictionary<object, object?>)root["split"]!)["xsub_val"]));
        var annotation = Assert.IsType<Dictionary<object, object?>>(Assert.IsType<List<object?>>(root["annotations"])[0]);
        Assert.Equal(("S001C001P001R001A001", 3L, -5L, 1.5, -(1L << 40), "é"), (annotation["frame_dir"], annotation["label"], annotation["n"], annotation["x"], annotation["big"], annotation["name"]));
        Assert.Equal([1L, true, null], Assert.IsType<object?[]>(annotation["t"]));
        var values = Enumerable.Range(0, 12).Select(i => i / 4f);
        foreach (var (name, fortran) in new[] { ("keypoint", false), ("f", true) })
        {
            var array = Assert.IsType<PickleArray>(annotation[name]);
            Assert.Equal(fortran, array.Fortran);
            Assert.Equal([1, 2, 2, 3], array.Header.Shape);
            Assert.Equal(values, file.Read(array, "a"));
        }
    }

    [PythonFact]
    public void Read_LargeArraysOfEveryProtocol_AreThoseOfNumpy()
    {
        // Beyond the length of text that is kept: protocol 2 has bytes as text.
        const string Script = """
            import numpy, pickle, sys
            a = (numpy.arange(30000) % 200 - 100).reshape(2, 50, 100, 3)
            for protocol in (2, 3, 4, 5):
                pickle.dump({t: a.astype(t) for t in ('f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8')}, open(f'{sys.argv[1]}/{protocol}', 'wb'), protocol)
            """;
        using var python = Process.Start(new ProcessStartInfo(PythonFactAttribute.Python, ["-c", Script, _folder.Path]))!;
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);

        for (var protocol = 2; protocol <= 5; protocol++)
        {
            using var file = PickleFile.Open(_folder[$"{protocol}"]);
            foreach (var (type, array) in Assert.IsType<Dictionary<object, object?>>(file.Root))
                Assert.Equal(Enumerable.Range(0, 30000).Select(i => (float)((i % 200) - 100)), file.Read(Assert.IsType<PickleArray>(array), $"{type}"));
        }
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("numpy", "load")]
    [InlineData("numpy.core.multiarray", "fromfile")]
    [InlineData("collections", "OrderedDict")]
    public void Open_PickleThatCalls_IsRefusedByTheNameOfWhatItCalls(string module, string name)
    {
        var mark = _folder["ran"];
        var call = TestPickle.Call(TestPickle.Global(module, name), TestPickle.Text($"touch {mark}"));

        Assert.Contains($"wants to call {module}.{name}.", Refusal(TestPickle.File(TestPickle.List(call))));
        Assert.Contains($"wants to call {module}.{name}.", Refusal(TestPickle.File([.. TestPickle.Text(module), .. TestPickle.Text(name), 0x93, .. TestPickle.Tuple(TestPickle.Text("x")), (byte)'R'])));
        Assert.Contains($"wants to call {module}.{name}.", Refusal(TestPickle.File([(byte)'(', (byte)'i', .. Encoding.ASCII.GetBytes($"{module}\n{name}\n")])));
        Assert.False(File.Exists(mark));
    }

    /// <summary>Python 2 has text and an array's data alike as bytes of no encoding.</summary>
    [Fact]
    public void Open_TextOfPython2_IsLatin1AndCanBeData()
    {
        byte[] key = [(byte)'U', 2, (byte)'k', 0xE9];
        byte[] data = [(byte)'T', 4, 0, 0, 0, 0xFF, 0xFF, 1, 0];
        byte[] array =
        [
            .. TestPickle.Call(TestPickle.Global("numpy.core.multiarray", "_reconstruct"), TestPickle.Global("numpy", "ndarray"), TestPickle.Tuple(TestPickle.Number(0)), [(byte)'U', 1, (byte)'b']),
            .. TestPickle.Tuple(TestPickle.Number(1), TestPickle.Tuple(TestPickle.Number(2)), TestPickle.DataType("i2"), [0x89], data), (byte)'b',
        ];

        using var file = Open([0x80, 2, (byte)'}', .. key, .. array, (byte)'s', (byte)'.']);

        var values = Assert.IsType<PickleArray>(Assert.IsType<Dictionary<object, object?>>(file.Root)["ké"]);
        Assert.Equal([-1f, 1f], file.Read(values, "a"));
    }

    [PythonFact]
    public void Open_ReduceOfPython_IsRefusedAndNotRun()
    {
        const string Script = """
            import os, pickle, sys
            class Bad:
                def __reduce__(self):
                    return os.system, (f'touch {sys.argv[1]}/ran',)
            for protocol in (2, 3, 4, 5):
                pickle.dump({'split': {}, 'annotations': [Bad()]}, open(f'{sys.argv[1]}/{protocol}.pkl', 'wb'), protocol)
            """;
        using var python = Process.Start(new ProcessStartInfo(PythonFactAttribute.Python, ["-c", Script, _folder.Path]))!;
        python.WaitForExit();

        for (var protocol = 2; protocol <= 5; protocol++)
            Assert.Contains("wants to call posix.system", Assert.Throws<InputException>(() => PickleFile.Open(_folder[$"{protocol}.pkl"])).Message);
        Assert.False(File.Exists(_folder["ran"]));
    }

    [Fact]
    public void Open_KnownNamesCalledOtherwise_AreRefused()
    {
        Assert.Contains("an array of Python objects", Refusal(TestPickle.File(TestPickle.DataType("O8"))));
        Assert.Contains("a numpy dtype 'V4'", Refusal(TestPickle.File(TestPickle.DataType("V4"))));
        Assert.Contains("structured or big-endian", Refusal(TestPickle.File(TestPickle.DataType("f4", ">"))));
        Assert.Contains("makes a ndarray", Refusal(TestPickle.File(TestPickle.Call(TestPickle.Global("numpy", "ndarray"), TestPickle.Number(1_000_000_000)))));
        Assert.Contains("makes a bytes", Refusal(TestPickle.File(TestPickle.Call(TestPickle.Global("builtins", "bytes"), TestPickle.Number(1_000_000_000)))));
        Assert.Contains("text that is encoded", Refusal(TestPickle.File(TestPickle.Call(TestPickle.Global("_codecs", "encode"), TestPickle.Text("x"), TestPickle.Text("rot13")))));
        Assert.Contains("sets the state", Refusal(TestPickle.File([.. TestPickle.Dictionary(), .. TestPickle.Dictionary(("x", TestPickle.Number(1))), (byte)'b'])));
        Assert.Contains("outside the file", Refusal(TestPickle.File([.. TestPickle.Text("x"), (byte)'Q'])));
        Assert.Contains("a set", Refusal(TestPickle.File([0x8F])));
        Assert.Contains("a class", Refusal(TestPickle.File([.. TestPickle.Global("numpy", "ndarray"), (byte)')', 0x81])));
    }

    [Fact]
    public void Open_LengthsThatLie_AreRefusedBeforeAnythingIsAllocated()
    {
        Assert.Contains("of shape (1000000, 1000000) of f8, which its 8 bytes of data do not fit", Refusal(TestPickle.File(TestPickle.Array("f8", [1_000_000, 1_000_000], 1.0))));
        Assert.Contains("do not fit", Refusal(TestPickle.File(TestPickle.Array("f8", [int.MaxValue, int.MaxValue, int.MaxValue, 0], 1.0))));
        Assert.Contains("claims that 4294967280 bytes follow", Refusal(TestPickle.File([(byte)'B', 0xF0, 0xFF, 0xFF, 0xFF])));
        Assert.Contains("claims that 18446744073709551615 bytes follow", Refusal(TestPickle.File([0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])));
        Assert.Contains("a whole number of 9 bytes", Refusal(TestPickle.File([0x8A, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9])));
        Assert.Contains("refers to object 7", Refusal(TestPickle.File([(byte)'h', 7])));
        Assert.Contains("takes more from its stack", Refusal(TestPickle.File([(byte)'R'])));
        Assert.Contains("no pickle of protocol 2 to 5", Refusal([0x80, 6, (byte)'N', (byte)'.']));
        Assert.Contains("no pickle of protocol 2 to 5", Refusal("(dp0\n."u8.ToArray()));
        Assert.Contains("truncated", Refusal([0x80, 4, (byte)'N']));
    }

    [Fact]
    public void Open_DamagedFiles_AreReadOrRefusedAndNothingElse()
    {
        var random = new Random(3);
        foreach (var row in OfPython)
        {
            var original = Convert.FromBase64String((string)row[1]);
            for (var round = 0; round < 300; round++)
            {
                var bytes = round % 4 == 0 ? original[..random.Next(3, original.Length)] : (byte[])original.Clone();
                for (var flips = random.Next(1, 5); flips > 0; flips--)
                    bytes[random.Next(2, bytes.Length)] = (byte)random.Next(256);
                try
                {
                    using var file = Open(bytes);
                    foreach (var array in Arrays(file.Root, 0))
                        file.Read(array, _folder["a.pkl"]);
                }
                catch (InputException problem)
                {
                    Assert.StartsWith(_folder["a.pkl"], problem.Message);
                }
            }
        }

        static IEnumerable<PickleArray> Arrays(object? value, int depth) => depth > 6 ? [] : value switch
        {
            PickleArray array => [array],
            Dictionary<object, object?> dictionary => dictionary.Values.SelectMany(item => Arrays(item, depth + 1)),
            List<object?> list => list.SelectMany(item => Arrays(item, depth + 1)),
            _ => [],
        };
    }

    PickleFile Open(byte[] bytes)
    {
        File.WriteAllBytes(_folder["a.pkl"], bytes);
        return PickleFile.Open(_folder["a.pkl"]);
    }

    string Refusal(byte[] bytes) => Assert.Throws<InputException>(() => Open(bytes).Dispose()).Message;
}
