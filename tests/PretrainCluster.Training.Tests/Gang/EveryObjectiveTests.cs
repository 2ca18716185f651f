using PretrainCluster.Core.Coordination.Messages;
using PretrainCluster.Core.Plans;
using PretrainCluster.Training.Tests.Steps;

namespace PretrainCluster.Training.Tests.Gang;

/// <summary>Whatever is learned, however many carry it, and though one is lost and another joins: one SHA-256. Every clip has room for two persons, and some have one.</summary>
public sealed class EveryObjectiveTests : IDisposable
{
    readonly TinyRun _tiny = new(clips: 30, pairs: true);

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [MemberData(nameof(CoupledPlans.EveryObjective), MemberType = typeof(CoupledPlans))]
    public void Run_AnyWorldSizeOrALossAndAJoin_SameWeights(string objective, string encoder)
    {
        var expected = TinyRun.TrainAlone(Plan("alone", objective, encoder));
        foreach (var workers in new string[][] { ["w0"], ["w0", "w1"], ["w0", "w1", "w2"] })
        {
            using var gang = new TestGang(Plan($"world{workers.Length}", objective, encoder), _tiny.Runs).Start(workers);
            gang.Form(workers);
            Assert.Equal(expected, gang.Weights(workers));
        }
        Assert.Equal(expected, WeightsAfterALossAndAJoin(Plan("disturbed", objective, encoder)));
    }

    string WeightsAfterALossAndAJoin(Plan plan)
    {
        const int LostAfter = 2;
        using var gang = new TestGang(plan, _tiny.Runs).Start("w0", "w1", "w2");
        // Until the one is gone, rank 0 says what it has applied: the others are in the step after it, and cannot end it without either.
        gang["w0"].Said = said =>
        {
            if (said is StepsApplied { Steps: [.., { Step: LostAfter }] })
            {
                gang.Lose("w1");
                gang["w1"].Await<WorkerEnded>();
            }
        };
        gang.Form("w0", "w1", "w2");
        foreach (var survivor in new[] { "w0", "w2" })
            gang[survivor].Await<ExchangeBroken>();
        // Asked before they train on: they stop after the step that they redo.
        gang["w2"].Order(new StopAtBoundary("w2", 2));
        gang.Form("w0", "w2");
        foreach (var survivor in new[] { "w0", "w2" })
            Assert.Equal(LostAfter + 1, gang[survivor].Await<AtBoundary>().Step);

        gang.Start("w3");
        gang.Form("w2", "w3", "w0");

        var weights = gang.Weights("w0", "w2", "w3");
        Assert.Equal([(0, 0), (LostAfter, 1), (LostAfter + 1, 0)], gang["w0"].Sent<GenerationFormed>().Select(formed => ((int)formed.Step, formed.Redone)));
        Assert.Equal(LostAfter + 1, Assert.Single(gang["w3"].Sent<GenerationFormed>()).Step);
        // Rank 0 says where the time went; `bench recovery` reads it.
        Assert.Matches("^generation 2: [0-9.]+ s for micro-batches under way, [0-9.]+ s until all members met, "
            + "[0-9.]+ s until their states agreed, [0-9.]+ s for the rest of the step and its update, "
            + "[0-9.]+ s in the exchange$", Assert.Single(gang["w0"].Sent<WorkerNote>(), note => note.Kind == "regrouped").Text);
        return weights;
    }

    Plan Plan(string name, string objective, string encoder) =>
        _tiny.Plan($"name={name}", objective, encoder, "training.epochs=2", "training.batch={clips: 8, micro_batches: 4}");
}
