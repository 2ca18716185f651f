using PretrainCluster.Core;
using PretrainCluster.Skeletons.Formats.Npz;

namespace PretrainCluster.Skeletons.Tests.Formats.Npz;

public class NpyHeaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Read_EveryVersion_GivesTypeAndShape(byte version)
    {
        var header = Read(NpyText.Array("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", new byte[24], version));

        Assert.Equal(("f4", 4), (header.Type, header.ItemSize));
        Assert.Equal([2, 3], header.Shape);
    }

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }", "pickled Python objects")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", "Fortran order")]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", "element type '>f4'")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }", "element type '<c8'")]
    [InlineData("{'descr': '<U5', 'fortran_order': False, 'shape': (3,), }", "element type '<U5'")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }", "no structured ones")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (7, 3), }", "does not fit the 24 bytes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }", "does not fit the 24 bytes")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }", "does not fit")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 4), }", "does not fit")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,), }", "no whole numbers")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, -3), }", "cannot be read")]
    [InlineData("__import__('os').system('true')", "cannot be read")]
    [InlineData("", "cannot be read")]
    public void Read_BadHeader_IsRefused(string header, string reason)
    {
        var problem = Assert.Throws<InputException>(() => Read(NpyText.Array(header, new byte[24])));

        Assert.StartsWith("a.npz:x", problem.Message);
        Assert.Contains(reason, problem.Message);
    }

    [Fact]
    public void Read_HeaderThatClaimsGigabytes_IsRefusedBeforeAnythingIsAllocated()
    {
        byte[] bomb = [0x93, .. "NUMPY"u8, 2, 0, 0xFF, 0xFF, 0xFF, 0x7F];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains("its header claims 2147483647 bytes", Assert.Throws<InputException>(() => Read(bomb)).Message);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Read_CutHeader_IsRefused()
    {
        var bytes = NpyText.Array("<f4", [2, 3], new float[6]);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<InputException>(() => Read(bytes[..length]));
    }

    static NpyHeader Read(byte[] bytes) => NpyHeader.Read(new MemoryStream(bytes), bytes.Length, "a.npz:x");
}
