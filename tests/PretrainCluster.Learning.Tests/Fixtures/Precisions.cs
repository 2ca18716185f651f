namespace PretrainCluster.Learning.Tests.Fixtures;

/// <summary>Precisions that the engine can bring a module's weights to.</summary>
static class Precisions
{
    static readonly bool[] s_all = [true, false];

    public static TheoryData<bool> InDouble => [.. s_all];

    /// <summary>What each case becomes with every one of them.</summary>
    public static TheoryData<string, bool> With(IEnumerable<string> cases)
    {
        var data = new TheoryData<string, bool>();
        foreach (var name in cases)
        {
            foreach (var inDouble in s_all)
                data.Add(name, inDouble);
        }
        return data;
    }
}
