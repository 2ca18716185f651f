using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Learning.Tests.Objectives;

public sealed class DirectionTests
{
    [Fact]
    public void Of_Rows_HaveLengthOne()
    {
        using var scope = NewDisposeScope();

        var directions = Direction.Of(tensor([3f, 4f, 0f, -2f], [2, 2]));

        Close.Equal([0.6f, 0.8f, 0f, -1f], Close.Floats(directions), 1e-7);
    }

    [Fact]
    public void Of_RowOfZeros_StaysZero()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([0f, 0f], Close.Floats(Direction.Of(zeros([1, 2]))));
    }
}
