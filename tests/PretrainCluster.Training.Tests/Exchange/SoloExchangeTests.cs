using PretrainCluster.Training.Exchange;

namespace PretrainCluster.Training.Tests.Exchange;

public class SoloExchangeTests : ExchangeConformance
{
    public override int MaxWorldSize => 1;

    protected override void Run(int worldSize, Action<IExchange> member)
    {
        using var exchange = new SoloExchange(1);
        member(exchange);
    }
}
