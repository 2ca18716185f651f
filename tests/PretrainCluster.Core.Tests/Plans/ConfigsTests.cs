using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;

namespace PretrainCluster.Core.Tests.Plans;

public class ConfigsTests
{
    static string Folder => Checkout.At("configs");

    static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.yaml", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).Where(name => !name.StartsWith("tables", StringComparison.Ordinal)).Order();

    public static TheoryData<string> All => [.. Names];

    [Theory]
    [MemberData(nameof(All))]
    public void Read_EveryRecipe_ResolvesAndSaysWhereItComesFrom(string config)
    {
        var path = Path.Combine(Folder, config);
        var plan = PlanText.Read(path, Methods.BuiltIn);

        Assert.Equal(config.Replace(".yaml", "", StringComparison.Ordinal).Replace(Path.DirectorySeparatorChar, '-'), plan.Name);
        Assert.StartsWith("# ", File.ReadAllText(path));
        Assert.Equal(plan.Digest(), PlanText.Parse(PlanText.Write(plan), Methods.BuiltIn).Digest());
    }

    public static TheoryData<string> Tables => [.. Directory.GetFiles(Path.Combine(Folder, "tables"), "*.yaml").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Read_EveryTable_ItsRowsAreRecipesThatTakeItsSettings(string name)
    {
        var path = Path.Combine(Folder, "tables", name + ".yaml");
        var table = TableText.Read(path, Methods.BuiltIn);

        Assert.Equal(name, table.Name);
        Assert.StartsWith("# ", File.ReadAllText(path));
        Assert.All(table.Rows, row => PlanText.Read(Path.Combine(Path.GetDirectoryName(path)!, row.Plan), Methods.BuiltIn, table.Set));
    }

    [Fact]
    public void Read_AllRecipes_ComputeDifferentThings()
    {
        var plans = Names.Select(name => PlanText.Read(Path.Combine(Folder, name), Methods.BuiltIn)).ToList();

        Assert.Equal(plans.Count, plans.Select(plan => (plan.Digest(), plan.Data.Dataset)).Distinct().Count());
    }
}
