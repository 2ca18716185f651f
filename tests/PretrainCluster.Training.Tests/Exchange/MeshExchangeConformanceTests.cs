using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

public abstract class MeshExchangeConformance(int worldSize) : ExchangeConformance
{
    public override int MaxWorldSize => worldSize;

    protected override void Run(int worldSize, Action<IExchange> member) => ThreadedWorld.Run(worldSize, member);
}

public class MeshExchangeOfTwoTests() : MeshExchangeConformance(2);

public class MeshExchangeOfThreeTests() : MeshExchangeConformance(3);

public class MeshExchangeOfEightTests() : MeshExchangeConformance(8);
