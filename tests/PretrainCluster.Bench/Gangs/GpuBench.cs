using System.CommandLine;
using System.Diagnostics;
using PretrainCluster.Core;
using PretrainCluster.Core.Plans;
using PretrainCluster.Learning;
using PretrainCluster.Learning.Devices;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Bench.Gangs;

/// <summary>
/// `bench gpu`: whether a GPU keeps what is promised of CPUs, and how fast a step is there. Without a GPU its parts run
/// with --device cpu.
/// </summary>
sealed class GpuBench(
    TextWriter output, string file, IReadOnlyList<string> settings, Device device, int clips, int steps)
{
    const int Joints = 25;
    // bf16 has 8 bits of mantissa, and a loss is the mean of many numbers.
    const double LargestBf16Error = 0.02;

    readonly Plan _plan = PlanText.Read(file, Methods.BuiltIn,
    [
        .. settings, $"training.batch={{clips: {clips}, micro_batches: 2}}", $"workers.device={Name(device)}",
        "data.shape={clips: 1000, persons: 1, joints: 25}",
    ]);
    readonly ClipShape _clip = new(1, PlanText.Read(file, Methods.BuiltIn, settings).View.Frames, Joints);
    int _failed;

    public static Command Command()
    {
        var device = Option("--device", "cuda, cuda:N, or cpu to try the parts without a GPU", "cuda");
        var plan = Option("--plan", "a plan of masked_motion", new FileInfo("configs/ntu60-xsub/mamp.yaml"));
        var set = Option<string[]>("--set", "replaces a key of the plan, as in pretrain run", []);
        var clips = Option("--clips", "clips of a step, in two micro-batches", 64);
        var steps = Option("--steps", "steps of each training and each measurement", 20);
        var command = new Command("gpu",
            "On a GPU: equal bits twice, bf16, gradients through page-locked memory, step speed beside the plain peer, "
            + "two workers on one GPU") { device, plan, set, clips, steps };
        command.SetAction(parse =>
        {
            var (name, file) = (parse.GetValue(device)!, parse.GetValue(plan)!.FullName);
            if (name != "cpu" && cuda.device_count() == 0)
            {
                parse.InvocationConfiguration.Error.WriteLine(
                    "bench gpu: there is no GPU here that libtorch can use. Run it on a machine with one, built with "
                    + "TorchSharpPackage=TorchSharp-cuda-linux in the environment, or try its parts with --device cpu.");
                return 1;
            }
            var (batch, count) = (parse.GetValue(clips), parse.GetValue(steps));
            if (batch is < 2 or > 4096 || batch % 2 != 0 || count is < 1 or > 10_000)
                throw new InputException(
                    "bench gpu: --clips is an even number from 2 to 4096, --steps a number from 1 to 10000.");
            if (PlanText.Read(file, Methods.BuiltIn, parse.GetValue(set)!).Objective is not MaskedMotion.Settings)
                throw new InputException(
                    $"bench gpu: {file} is not a plan of masked_motion, which the peer is; choose another --plan.");
            var output = parse.InvocationConfiguration.Output;
            return new GpuBench(output, file, parse.GetValue(set)!, ComputeDevice.Named(name), batch, count).Run();
        });
        return command;

        static Option<T> Option<T>(string name, string description, T value) =>
            new(name) { Description = description, DefaultValueFactory = _ => value };
    }

    int Run()
    {
        output.WriteLine(
            $"{torch.Fingerprint}; {cuda.device_count()} CUDA devices; on {Name(device)}, {clips} clips a step");
        CheckFlags();
        var loss = CheckBits(Precision.Fp32);
        var rounded = CheckBits(Precision.Bf16);
        Check("bf16", Math.Abs(rounded - loss) <= LargestBf16Error * Math.Abs(loss),
            $"the first loss is {rounded:0.0000}, in fp32 {loss:0.0000}");
        CheckGradients();
        foreach (var precision in (Precision[])[Precision.Fp32, Precision.Bf16])
            MeasureSteps(precision);
        CheckWorkers();
        output.WriteLine(_failed == 0 ? "all of it holds" : $"{_failed} parts failed");
        return _failed == 0 ? 0 : 1;
    }

    void Check(string part, bool holds, string details)
    {
        _failed += holds ? 0 : 1;
        output.WriteLine($"{(holds ? "ok    " : "FAILED")} {part}: {details}");
    }

    void CheckFlags()
    {
        var (deterministic, rounded) =
            (torch.DeterministicAlgorithms, backends.cuda.matmul.allow_tf32 || backends.cudnn.allow_tf32);
        Check("flags", device.type == DeviceType.CPU || (deterministic && !rounded),
            $"deterministic algorithms {(deterministic ? "on" : "off")}, TF32 {(rounded ? "on" : "off")}");
    }

    /// <returns>the loss of the first step</returns>
    double CheckBits(Precision precision)
    {
        var (first, loss) = Train(precision);
        var (second, _) = Train(precision);
        Check($"equal bits twice, {Named(precision)}", first == second,
            $"{steps} steps, weights {first[..12]} and {second[..12]}");
        return loss;
    }

    (string Weights, double Loss) Train(Precision precision)
    {
        using var trainer = Trainer(precision);
        using var exchange = new SoloExchange(generation: 0);
        var first = double.NaN;
        for (var step = 0; step < steps; step++)
        {
            var result = trainer.Step(Batch(step), 0, exchange);
            if (!result.Applied)
                throw new InvalidOperationException(
                    $"Step {step + 1} in {Named(precision)} has a loss or a gradient that is not finite.");
            first = step == 0 ? result.Loss : first;
        }
        return (NamedTensors.Sha256(ObjectiveWeights.Snapshot(trainer.Objective)), first);
    }

    /// <summary>Gradients through a block, page-locked on a GPU, against one transfer a weight.</summary>
    void CheckGradients()
    {
        using var scope = NewDisposeScope();
        using var trainer = Trainer(Precision.Fp32);
        Tensor[] gradients =
            [.. trainer.Objective.Trained.Select(weight => randn_like((Tensor)weight.Parameter).detach())];
        long[] lengths = [.. gradients.Select(gradient => gradient.numel())];
        using var crossing = new GradientCrossing(lengths, device, throughBlock: true);
        var (through, apart) = (new float[crossing.Length], new float[crossing.Length]);
        var fast = Timing.Median(0.5, () =>
        {
            using var inner = NewDisposeScope();
            crossing.Fetch(gradients, through);
        });
        var slow = Timing.Median(0.5, () =>
        {
            using var inner = NewDisposeScope();
            var at = 0;
            foreach (var gradient in gradients)
            {
                var values = gradient.cpu().data<float>();
                values.CopyTo(apart, at);
                at += (int)values.Count;
            }
        });
        using var back = crossing.Send(through);
        var returned = Enumerable.Range(0, gradients.Length)
            .All(i => crossing.Part(back, i).view(gradients[i].shape).allclose(gradients[i], 0, 0));
        Check("gradients through one block", through.AsSpan().SequenceEqual(apart) && returned,
            $"{crossing.Length * 4e-6:0.0} MB in {fast * 1e3:0.00} ms, weight by weight in {slow * 1e3:0.00} ms");
    }

    void MeasureSteps(Precision precision)
    {
        using var trainer = Trainer(precision);
        using var exchange = new SoloExchange(generation: 0);
        using var peer = new PublicMamp(_plan, Joints, clips, fused: true, device, precision);
        var batches = Enumerable.Range(0, 2 * steps + 4).Select(Batch).ToList();
        var step = 0;
        double own = 0, others = 0;
        // In turns, after two steps of each that do not count.
        for (var i = 0; i < steps + 2; i++)
        {
            var here = Seconds(() => trainer.Step(batches[step++], 0, exchange));
            var there = Seconds(peer.Run);
            if (i >= 2)
                (own, others) = (own + here, others + there);
        }
        output.WriteLine(
            $"       steps, {Named(precision)}: {clips * steps / own:0.0} clips/s here, "
            + $"{clips * steps / others:0.0} the plain peer with fused attention, ratio {others / own:0.00}");
    }

    /// <summary>Worker processes on one device: one and two end with the same bits.</summary>
    void CheckWorkers()
    {
        var (one, alone) = Weights(1);
        var (two, together) = Weights(2);
        Check("two workers on one device", one == two,
            $"weights {one[..12]} and {two[..12]}; {alone:0.0} clips/s with one, {together:0.0} with two");
    }

    (string Sha256, double Rate) Weights(int workers)
    {
        using var run = GangRun.Start(file, workers, microBatches: 2, clips,
            [.. settings, $"workers.device={Name(device)}", $"workers.min={workers}", "training.epochs=2"]);
        var sha256 = run.Finish();
        return (sha256, Timing.Median(run.Metrics().Select(step => step.ClipsPerSecond)));
    }

    double Seconds(Action work)
    {
        Settle();
        var began = Stopwatch.GetTimestamp();
        work();
        Settle();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // A GPU is asked for work and does it later.
    void Settle()
    {
        if (device.type == DeviceType.CUDA)
            cuda.synchronize();
    }

    Trainer Trainer(Precision precision) =>
        new(_plan with { Training = _plan.Training with { Precision = precision } }, _clip, lanes: 1, device);

    /// <summary>Random clips, the same for the same step.</summary>
    GlobalBatch Batch(int step)
    {
        var random = new Random(step);
        var half = clips / 2;
        return new GlobalBatch(step, [.. Enumerable.Range(0, 2).Select(index => new MicroBatch(index,
            [.. Enumerable.Range(index * half, half).Select(clip => (long)clip)],
            [.. Enumerable.Range(0, half * _clip.Length).Select(_ => (float)(2 * random.NextDouble() - 1))]))]);
    }

    static string Name(Device device) =>
        device.type == DeviceType.CPU ? "cpu" : device.index < 0 ? "cuda" : $"cuda:{device.index}";

    static string Named(Precision precision) => precision == Precision.Bf16 ? "bf16" : "fp32";
}
