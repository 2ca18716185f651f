using PretrainCluster.Core.Plans;
using PretrainCluster.Learning.Encoders;
using PretrainCluster.Learning.Objectives;

namespace PretrainCluster.Bench;

/// <summary>
/// MAMP's public graph (Mao et al., ICCV 2023; model_mamp/transformer.py), written plainly in TorchSharp: a convolution
/// embeds all tokens, the kept ones are gathered, the decoder puts them back in order and predicts every token, and the
/// loss is masked afterwards. The step is the public training loop's, with TorchSharp's own AdamW.
/// </summary>
sealed class PublicMamp : nn.Module, IStep
{
    readonly Conv2d joints_embed;
    readonly Parameter temp_embed, pos_embed, mask_token, decoder_temp_embed, decoder_pos_embed;
    readonly ModuleList<Block> blocks, decoder_blocks;
    readonly LayerNorm norm, decoder_norm;
    readonly Linear decoder_embed, decoder_pred;
    readonly TokenGrid _grid;
    readonly MaskedMotion.Settings _objective;
    readonly optim.Optimizer _optimizer;
    readonly Tensor _clips;
    readonly Precision _precision;

    /// <param name="plan">one of kind masked_motion, without dropout</param>
    /// <param name="joints">of a person</param>
    /// <param name="clips">person-clips of a step</param>
    /// <param name="fused">
    /// whether attention is <c>scaled_dot_product_attention</c>, as a user of today's PyTorch has it, or four operators,
    /// as in the public code
    /// </param>
    /// <param name="on">where it runs; null for the CPU</param>
    public PublicMamp(
        Plan plan, int joints, int clips, bool fused, Device? on = null, Precision precision = Precision.Fp32)
        : base(nameof(PublicMamp))
    {
        var (encoder, objective) = ((SkeletonTransformer.Settings)plan.Encoder, (MaskedMotion.Settings)plan.Objective);
        var decoder = objective.Decoder;
        (_objective, _precision) = (objective, precision);
        var device = on ?? torch.device("cpu");
        _grid = TokenGrid.Of(encoder, plan.View.Frames, joints);
        var (width, decoderWidth) = (encoder.Width, decoder.Width == 0 ? encoder.Width : decoder.Width);
        var patch = (_grid.PatchFrames, _grid.PatchJoints);
        joints_embed = nn.Conv2d(3, width, patch, stride: patch);
        (temp_embed, pos_embed) = (Embedding(_grid.Times, 1, width), Embedding(1, _grid.Joints, width));
        blocks = Blocks(encoder.Depth, width);
        norm = nn.LayerNorm(width);
        decoder_embed = nn.Linear(width, decoderWidth);
        mask_token = new Parameter(randn(1, 1, decoderWidth) * 0.02);
        decoder_temp_embed = Embedding(_grid.Times, 1, decoderWidth);
        decoder_pos_embed = Embedding(1, _grid.Joints, decoderWidth);
        decoder_blocks = Blocks(decoder.Depth, decoderWidth);
        decoder_norm = nn.LayerNorm(decoderWidth);
        decoder_pred = nn.Linear(decoderWidth, _grid.Values);
        RegisterComponents();
        this.to(device);

        var optimizer = (Learning.Optimizers.AdamW.Settings)plan.Training.Optimizer;
        var (rest, decayed) = (Group(decayed: false), Group(decayed: true));
        _optimizer = optim.AdamW([rest, decayed], optimizer.LearningRate, optimizer.Beta1, optimizer.Beta2,
            weight_decay: optimizer.WeightDecay);
        _clips = randn(clips, plan.View.Frames, joints, 3, device: device);

        static Parameter Embedding(long times, long joints, long width) => new(randn(1, times, joints, width) * 0.02);

        ModuleList<Block> Blocks(int depth, int width) =>
            nn.ModuleList([.. Enumerable.Range(0, depth)
                .Select(_ => new Block(width, encoder.Heads, (int)(width * encoder.MlpRatio), fused))]);

        AdamW.ParamGroup Group(bool decayed) =>
            new(named_parameters()
                    .Where(named => Learning.Optimizers.Optimizer.IsDecayed(named.name, named.parameter) == decayed)
                    .Select(named => named.parameter),
                new AdamW.Options
                {
                    LearningRate = optimizer.LearningRate,
                    beta1 = optimizer.Beta1,
                    beta2 = optimizer.Beta2,
                    weight_decay = decayed ? optimizer.WeightDecay : 0,
                });
    }

    public void Run()
    {
        using var held = Finalizers.Hold();
        using var scope = NewDisposeScope();
        _optimizer.zero_grad();
        Tensor loss;
        using (_precision == Precision.Bf16 ? torch.Autocast(_clips.device_type) : null)
            loss = Loss();
        if (!double.IsFinite(loss.ToDouble()))
            throw new InvalidOperationException("The peer's loss is not finite.");
        loss.backward();
        _optimizer.step();
    }

    /// <summary>The mean over masked tokens of the squared error of their patch.</summary>
    Tensor Loss()
    {
        var tokens = Embed().reshape(-1, _grid.Tokens, temp_embed.shape[^1]);
        var order = Scores().argsort(1);
        var restore = order.argsort(1);
        var kept = order.narrow(1, 0, Learning.Objectives.RandomMasking.Kept(_grid.Tokens, _objective.MaskRatio));
        var x = tokens.gather(1, kept.unsqueeze(-1).expand(-1, -1, tokens.shape[2]));
        foreach (var block in blocks)
            x = block.forward(x);
        x = decoder_embed.forward(norm.forward(x));

        var hidden = mask_token.to(x.dtype).expand(x.shape[0], _grid.Tokens - x.shape[1], -1);
        x = cat([x, hidden], 1).gather(1, restore.unsqueeze(-1).expand(-1, -1, x.shape[2]));
        x = x.reshape(-1, _grid.Times, _grid.Joints, x.shape[2]) + decoder_pos_embed + decoder_temp_embed;
        x = x.reshape(-1, _grid.Tokens, x.shape[3]);
        foreach (var block in decoder_blocks)
            x = block.forward(x);
        var error = decoder_pred.forward(decoder_norm.forward(x)) - Target();
        var masked = ones(restore.shape, device: x.device).scatter(1, kept, zeros(kept.shape, device: x.device));
        return ((error * error).mean([-1]) * masked).sum() / masked.sum();
    }

    Tensor Embed() => joints_embed.forward(_clips.permute(0, 3, 1, 2)).permute(0, 2, 3, 1) + pos_embed + temp_embed;

    /// <summary>Log-probability by motion plus Gumbel noise; tokens of the lowest are kept.</summary>
    Tensor Scores()
    {
        var patches = _grid.Split(_clips).reshape(-1, _grid.Times, _grid.Joints, _grid.Values);
        var change = (patches.narrow(1, 1, _grid.Times - 1) - patches.narrow(1, 0, _grid.Times - 1)).abs().mean([3]);
        var motion = cat([change.narrow(1, 0, 1), change], 1).reshape(-1, _grid.Tokens);
        var scaled = motion / (motion.amax([-1], keepdim: true) * _objective.Temperature + 1e-10);
        return scaled.softmax(-1).log() - (-(rand_like(motion) + 1e-10).log() + 1e-10).log();
    }

    Tensor Target()
    {
        var (stride, frames) = (_objective.MotionStride, _clips.shape[1] - _objective.MotionStride);
        var motion = _clips.narrow(1, stride, frames) - _clips.narrow(1, 0, frames);
        var target = _grid.Split(cat([motion, zeros_like(_clips.narrow(1, frames, stride))], 1));
        if (!_objective.NormalizeTarget)
            return target;
        return (target - target.mean([-1], keepdim: true)) / (target.var(-1, keepdim: true) + 1e-6).sqrt();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _optimizer.Dispose();
            _clips.Dispose();
        }
        base.Dispose(disposing);
    }

    sealed class Block : nn.Module<Tensor, Tensor>
    {
        readonly LayerNorm norm1, norm2;
        readonly Linear qkv, proj, fc1, fc2;
        readonly int _heads;
        readonly bool _fused;

        public Block(int width, int heads, int hidden, bool fused) : base(nameof(Block))
        {
            (norm1, norm2) = (nn.LayerNorm(width), nn.LayerNorm(width));
            (qkv, proj) = (nn.Linear(width, 3 * width), nn.Linear(width, width));
            (fc1, fc2) = (nn.Linear(width, hidden), nn.Linear(hidden, width));
            (_heads, _fused) = (heads, fused);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            x = x + Attend(norm1.forward(x));
            return x + fc2.forward(nn.functional.gelu(fc1.forward(norm2.forward(x))));
        }

        Tensor Attend(Tensor x)
        {
            var (n, tokens, width) = (x.shape[0], x.shape[1], x.shape[2]);
            var parts = qkv.forward(x).reshape(n, tokens, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4).unbind(0);
            var mixed = _fused
                ? nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2])
                : (parts[0].matmul(parts[1].transpose(-2, -1)) / Math.Sqrt(width / _heads)).softmax(-1).matmul(parts[2]);
            return proj.forward(mixed.transpose(1, 2).reshape(n, tokens, width));
        }
    }
}
