using System.Runtime.InteropServices;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Runs;
using PretrainCluster.Training.Steps;
using PretrainCluster.Training.Tests.Steps;

namespace PretrainCluster.Training.Tests.Runs;

/// <summary>Counts memory of the whole process, so nothing may run beside it.</summary>
[Collection(nameof(LiveTensorTests))]
public sealed class StepMeasurementTests : IDisposable
{
    const string Transformer = "encoder={width: 128, depth: 2, heads: 4}", Graph = "encoder={kind: st_gcn, channels: 16, width: 64}",
        Sequence = "encoder={kind: bigru, layers: 1, hidden: 256}";

    static readonly Device s_cpu = torch.device("cpu");

    readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(3, 0)]
    [InlineData(0, 2)]
    [InlineData(3, 2)]
    public void Grown_LinearAndSquare_AsTheTwoValuesSay(double linear, double square) =>
        Assert.Equal(16 * linear + 256 * square, StepMeasurement.Grown(linear + square, 2 * linear + 4 * square, 16), 9);

    [Fact]
    public void Of_AnEncoderThatIsFrozenAsAWhole_HasNoGraphs()
    {
        string[] contrast = ["training.batch={clips: 64, micro_batches: 4}", "objective={kind: nnclr, queue: 64, projection_hidden: 16, projection_width: 16, prediction_hidden: 16}", Transformer];
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var (all, none) = (_tiny.Plan(contrast), _tiny.Plan([.. contrast, "training.trainable.from_block=2"]));
        var clip = new TrainingSet(all, dataset).Clip;
        Assert.InRange(StepMeasurement.Of(none, clip, lanes: 1, s_cpu).TensorBytes!.Value / StepMeasurement.Of(all, clip, lanes: 1, s_cpu).TensorBytes!.Value, 0, 0.6);
    }

    [Theory]
    [InlineData(4, Transformer, "objective={kind: masked_motion, mask_ratio: 0.4}")]
    [InlineData(4, Transformer, "objective={kind: masked_features, projection_hidden: 512, prototypes: 512}")]
    [InlineData(4, Transformer, "objective={kind: nnclr, queue: 512, projection_hidden: 512, projection_width: 128, prediction_hidden: 512}")]
    [InlineData(4, Graph, "objective={kind: moco, queue: 512}")]
    // With fewer clips its passes are at their highest where they add up gradients.
    [InlineData(8, Sequence, "objective={kind: inter_skeleton, queue: 512, partner: {kind: a_gcn, channels: 16}}")]
    public void Of_SmallMicroBatches_FollowWhatALargeOneTakes(int clips, params string[] settings)
    {
        var plan = _tiny.Plan(["training.batch={clips: 32, micro_batches: 2}", .. settings]);
        using var dataset = SkeletonDataset.Open(_tiny.DatasetFolder);
        var set = new TrainingSet(plan, dataset);
        var inWhole = StepMeasurement.Of(plan, set.Clip, lanes: 1, s_cpu, mostClips: 16).TensorBytes!.Value;
        var fromFew = StepMeasurement.Of(plan, set.Clip, lanes: 1, s_cpu, mostClips: clips).TensorBytes!.Value;
        Assert.InRange(fromFew / inWhole, 0.85, 1.15);

        // And so does a real step, with two micro-batches at a time.
        var stated = StepMeasurement.Of(plan, set.Clip, lanes: 2, s_cpu, mostClips: clips).TensorBytes!.Value;
        var before = ProcessMemory.Used;
        using var peak = new ProcessMemory();
        using var trainer = new Trainer(plan, set.Clip, lanes: 2, s_cpu);
        using var loader = set.LoadFrom(0);
        using var exchange = new SoloExchange(generation: 0);
        var batch = loader.Next();
        Assert.True(trainer.Step(batch, 0, exchange).Applied);
        Assert.InRange((peak.Highest - before) / stated, 0.6, 1.1);
    }
}

/// <summary>
/// The most bytes that the C library has handed out at a time, by looking several thousand times a second: of all threads,
/// and of what is no tensor, so that it is a witness beside what is counted.
/// </summary>
sealed class ProcessMemory : IDisposable
{
    const uint Pause = 200;

    readonly Thread _thread;
    long _highest = Used;
    volatile bool _ended;

    public ProcessMemory()
    {
        _thread = new Thread(Look) { IsBackground = true, Name = "memory" };
        _thread.Start();
    }

    public static long Used
    {
        get
        {
            var info = mallinfo2();
            return (long)(info.InUse + info.Mapped);
        }
    }

    public long Highest => Math.Max(Interlocked.Read(ref _highest), Used);

    public void Dispose()
    {
        _ended = true;
        _thread.Join();
    }

    void Look()
    {
        while (!_ended)
        {
            Interlocked.Exchange(ref _highest, Math.Max(_highest, Used));
            _ = usleep(Pause);
        }
    }

    [DllImport("libc")]
    static extern Info mallinfo2();

    [DllImport("libc")]
    static extern int usleep(uint microseconds);

    /// <summary>struct mallinfo2 of malloc.h (glibc 2.33 and later).</summary>
    [StructLayout(LayoutKind.Sequential)]
    readonly struct Info
    {
        readonly nuint _arena, _freeChunks, _fastChunks, _mappedBlocks;
        public readonly nuint Mapped;
        readonly nuint _highest, _fastFree;
        public readonly nuint InUse;
        readonly nuint _free, _top;
    }
}
