using PretrainCluster.Cli.Views;

namespace PretrainCluster.Cli.Tests.Views;

public class TextTableTests
{
    [Fact]
    public void Write_Columns_LineUp()
    {
        var table = new TextTable("name", "count").AlignRight(1);
        table.Add("a", "1,000");
        table.Add("longer", "7");

        var output = new StringWriter { NewLine = "\n" };
        table.Write(output);

        Assert.Equal("name    count\n──────  ─────\na       1,000\nlonger      7\n", output.ToString());
    }

    [Fact]
    public void Add_WrongNumberOfCells_Throws() =>
        Assert.Throws<ArgumentException>(() => new TextTable("one", "two").Add("1"));
}
