using System.Globalization;
using PretrainCluster.Core.Sampling;

namespace PretrainCluster.Faults.Simulation;

public sealed partial class Simulator
{
    // Work for a quarter more than the cluster can do, so that it is full from beginning to end.
    const double Load = 1.25;

    // One node in five computes otherwise, and only every other says so before a worker has run on it.
    SimulatedNode NodeOf(int index)
    {
        var slots = Math.Min(_options.SlotsPerNode, _options.Workers - index * _options.SlotsPerNode);
        return new(index, slots, index % 5 == 4 ? "avx512" : "avx2", index % 2 == 0);
    }

    SimulatedRun[] MakeRuns()
    {
        var random = new CounterRandom(_options.Seed, RandomPurpose.Evaluation, 8);
        var sizes = new double[_options.Runs];
        for (var i = 0; i < sizes.Length; i++)
        {
            var draw = random.NextDouble();
            sizes[i] = draw < 0.3 ? random.NextDouble(2, 16) : draw < 0.9 ? random.NextDouble(16, 48) : random.NextDouble(48, 128);
        }
        // Those that are there at the start ask for somewhat more than all slots.
        var scale = 1.2 * _options.Workers / sizes.Where((_, index) => IsEarly(index)).Sum();
        var hours = Load * _options.Workers * _options.Hours / (sizes.Sum() * scale);
        var runs = new SimulatedRun[_options.Runs];
        for (var i = 0; i < runs.Length; i++)
        {
            var max = Math.Clamp((int)Math.Round(sizes[i] * scale), 1, Math.Max(1, _options.Workers / 10));
            var min = Math.Max(1, random.Next(4) == 0 ? max : (int)(max * random.NextDouble(0.3, 0.8)));
            // Steps of about a second at full size, checkpoints every twenty minutes or so.
            var stepWork = (long)(random.NextDouble(0.5, 2) * Second) * max;
            var steps = Math.Max(10, (long)(hours * random.NextDouble(0.3, 1.7) * Hour / (stepWork / max)));
            var fate = random.NextDouble();
            runs[i] = new(i, $"run-{i:D4}", PlanOf(i, min, max, stragglers: random.Next(4) == 0), min, max)
            {
                Priority = random.Next(10) == 0 ? 1 : 0,
                StepWork = stepWork,
                TotalSteps = steps,
                CheckpointEvery = Math.Max(1, 20 * Minute / (stepWork / max)),
                DivergesAt = fate < 0.02 ? 1 + (long)(steps * random.NextDouble()) : 0,
                Refused = fate > 0.99,
            };
            _runsByName.Add(runs[i].Name, runs[i]);
        }
        return runs;
    }

    static bool IsEarly(int run) => run % 5 < 2;

    string PlanOf(int index, int min, int max, bool stragglers) => string.Create(CultureInfo.InvariantCulture, $$"""
        name: run-{{index:D4}}
        seed: {{index}}
        data: {dataset: data/simulated, split: xsub}
        view: {frames: 32}
        encoder: {patch_frames: 4, width: 64, depth: 2, heads: 4}
        objective: {kind: masked_coordinates}
        training:
          epochs: 10
          batch: {clips: 4096, micro_batches: 4096}
          optimizer: {learning_rate: 0.001}
        workers: {min: {{min}}, max: {{max}}, device: cpu, memory_mib: 4096, exclude_stragglers: {{(stragglers ? 3 : 0)}} }
        recovery: {heartbeat: {{_options.Report}}, silence: {{2.5 * _options.Report}}, connect: {{4 * _options.Report}}, stall: {{6 * _options.Report}}, coordinator_absence: 900, retries: 5, backoff: 0.5, backoff_max: 60}
        evaluation: {protocols: [{{(index % 3 == 0 ? "knn" : "")}}]}
        """);
}
