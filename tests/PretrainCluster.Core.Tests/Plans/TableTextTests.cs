using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;

namespace PretrainCluster.Core.Tests.Plans;

public sealed class TableTextTests : IDisposable
{
    const string Columns = "columns: [{title: linear, protocol: linear, figure: accuracy}]";
    readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Read_AWholeTable_HasItsDefaults()
    {
        var table = Read($$"""
            name: small
            {{Columns}}
            rows: [{name: mae, plan: mae.yaml}, {name: moco, plan: moco.yaml, epochs: [30]}]
            """);
        Assert.Equal((4.0, 2, true), (table.Minutes, table.AtATime, table.Supervised));
        Assert.Equal([1, 2, 3], table.Seeds);
        Assert.Empty(table.Rows[0].Epochs);
        Assert.Equal([30], table.Rows[1].Epochs);
    }

    [Theory]
    [InlineData("rows: [{name: mae, plan: a.yaml}, {name: mae, plan: b.yaml}]", "rows: at least one row is expected, and each name once")]
    [InlineData("rows: [{name: mae small, plan: a.yaml}]", "as the name of a row")]
    [InlineData("rows: [{name: mae, plan: a.yaml}]\nseeds: [1, 1]", "seeds: at least one seed is expected, and each once")]
    [InlineData("rows: [{name: mae, plan: a.yaml}]\nminuets: 4", "did you mean minutes?")]
    [InlineData("rows: [{name: mae}]", "rows[0].plan: this key is missing")]
    public void Read_WrongTable_SaysWhereAndWhat(string rest, string message)
    {
        var problem = Assert.Throws<InputException>(() => Read($"name: small\n{Columns}\n{rest}\n")).Message;
        Assert.Contains(message, problem, StringComparison.Ordinal);
        Assert.StartsWith(_file, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownProtocol_NamesThoseThereAre()
        => Assert.Contains("known are clusters, few-shot", Assert.Throws<InputException>(() => Read("name: small\ncolumns: [{title: x, protocol: lineer, figure: accuracy}]\nrows: [{name: mae, plan: a.yaml}]")).Message, StringComparison.Ordinal);

    public void Dispose() => File.Delete(_file);

    TablePlan Read(string text)
    {
        File.WriteAllText(_file, text);
        return TableText.Read(_file, Methods.BuiltIn);
    }
}
