using System.Security.Cryptography;
using PretrainCluster.Core.Plans;
using PretrainCluster.Core.Summation;
using PretrainCluster.Learning.Tests;
using PretrainCluster.Learning.Weights;
using PretrainCluster.Skeletons.Datasets;
using PretrainCluster.Training.Batches;
using PretrainCluster.Training.Exchange;
using PretrainCluster.Training.Steps;

namespace PretrainCluster.Training.Tests.Steps;

/// <summary>A tiny plan for each way in which an objective couples samples, in seven micro-batches of two clips, and members that train them.</summary>
static class CoupledPlans
{
    public const string Dropping = "encoder={width: 16, depth: 2, heads: 2, dropout: 0.1, attention_dropout: 0.1, drop_path: 0.2}";
    public const string StGcn = "encoder={kind: st_gcn, channels: 4, width: 12, dropout: 0.2}";
    public const string BiGru = "encoder={kind: bigru, layers: 2, hidden: 6, input_norm: true}";
    public const string Hcn = "encoder={kind: hcn, channels: 4, dropout: 0.2}";
    public const string AGcn = "encoder={kind: a_gcn, channels: 4}";
    public const string UpperHalf = "training.trainable.from_block=1";
    public const string HeadAlone = "training.trainable.from_block=2";
    public const string Layered = "training.optimizer={layer_decay: 0.65, clip_norm: 0.5, clip: per_tensor}";
    public const string HiTrs = "encoder={kind: hi_trs, width: 8, heads: 2, attention_width: 4, layers: 1, dropout: 0.2}";
    public const string MaskedMotion = "objective={kind: masked_motion, decoder: {depth: 1}}";
    public const string MaskedCoordinates = "objective={kind: masked_coordinates, decoder: {depth: 1}}";
    public const string SkeletonMae = "objective={kind: skeleton_mae, decoder: {depth: 1}}";
    public const string Moco = "objective={kind: moco, queue: 40, momentum: 0.9, projection_hidden: 12, projection_width: 8}";
    public const string Nnclr = "objective={kind: nnclr, queue: 40, projection_hidden: 12, projection_width: 8, prediction_hidden: 12}";
    public const string MaskedFeatures = "objective={kind: masked_features, momentum: 0.9, projection_hidden: 12, projection_width: 8, prototypes: 20}";
    public const string Hierarchical = "objective={kind: hi_trs}";
    public const string Stars = "objective={kind: nnclr, queue: 40, projection_hidden: 12, projection_width: 8, prediction_hidden: 12, views: 1, exclude_own: true, top_k: 3}";
    public const string Inter = "objective={kind: inter_skeleton, partner: {kind: bigru, layers: 1, hidden: 6, input_norm: true}, queue: 40, momentum: 0.9, projection_width: 8}";
    public const string InterImage = "objective={kind: inter_skeleton, partner: {kind: hcn, channels: 4, dropout: 0.2}, queue: 40, momentum: 0.9, projection_width: 8}";
    public const string SkeAttn = "objective={kind: skeattnclr, queue: 40, momentum: 0.9, projection_hidden: 12, projection_width: 8, mask_heads: 2, swap: {min_parts: 1, max_parts: 3, min_steps: 1, max_steps: 3}}";
    public const string SimClr = "objective={kind: simclr, projection_hidden: 12, projection_width: 8}";
    public const string VicReg = "objective={kind: vicreg, projection_hidden: 12, projection_width: 8}";

    /// <summary>Every objective that is registered with an encoder for it, and inter_skeleton with two more of sequence, graph and image.</summary>
    public static TheoryData<string, string> EveryObjective
    {
        get
        {
            var pairs = TinyKinds.Objectives;
            pairs.Add(InterImage, BiGru);
            pairs.Add(InterImage, StGcn);
            return pairs;
        }
    }

    public static Plan Of(TinyRun tiny, params string[] settings) => tiny.Plan(["training.epochs=6", "training.batch={clips: 14, micro_batches: 7}", .. settings]);

    /// <summary>Trains a member's share from the first step on.</summary>
    /// <param name="graphs">micro-batches of a coupled step whose graphs are kept; null for all of these small ones</param>
    /// <returns>a digest of all that a step changes, and the losses</returns>
    public static string Train(
        Plan plan, SkeletonDataset dataset, IExchange exchange, int steps, int? graphs = null, int lanes = 1)
    {
        var set = new TrainingSet(plan, dataset);
        using var trainer = new Trainer(plan, set.Clip, lanes, torch.device("cpu"), graphs: graphs);
        var (start, end) = Shares.Of(exchange.Rank, exchange.WorldSize, plan.Training.Batch.MicroBatches);
        using var loader = set.LoadFrom(0, start, end);
        var losses = new List<double>();
        for (var step = 0; step < steps; step++)
        {
            var batch = loader.Next();
            var result = trainer.Step(batch, set.Order.Epochs(step), exchange);
            Assert.True(result.Applied);
            losses.Add(result.Loss);
            loader.Return(batch);
        }
        return $"{Digest(trainer)} {string.Join(' ', losses)}";
    }

    /// <summary>What a single undisturbed worker ends with.</summary>
    /// <returns>the digest of <see cref="Train"/></returns>
    public static string TrainedAlone(Plan plan, SkeletonDataset dataset, int steps)
    {
        using var alone = new SoloExchange(generation: 1);
        return Train(plan, dataset, alone, steps).Split(' ')[0];
    }

    /// <summary>Of everything that a step changes.</summary>
    public static string Digest(Trainer trainer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in NamedTensors.Snapshot(trainer.State))
            hash.AppendData(tensor.Data.Span);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
