using System.Text;
using PretrainCluster.Core.Plans;
using static PretrainCluster.Core.Tests.Plans.PlanSamples;

namespace PretrainCluster.Core.Tests.Plans;

public class PlanDigestTests
{
    [Theory]
    [InlineData("name=other")]
    [InlineData("data.dataset=elsewhere")]
    [InlineData("data.shape={clips: 100, persons: 1, joints: 25}")]
    [InlineData("workers.threads=2")]
    [InlineData("workers.device=cuda:1")]
    [InlineData("checkpoints.keep=9")]
    [InlineData("checkpoints.every_steps=9")]
    [InlineData("evaluation.protocols=[knn]")]
    [InlineData("view.crop.evaluation=0.9")]
    [InlineData("objective.decoder.width=256")]
    [InlineData("training.optimizer.learning_rate=0.001")]
    [InlineData("encoder.kind=transformer")]
    [InlineData("view.stream=joint")]
    [InlineData("training.optimizer.schedule=cosine")]
    [InlineData("training.optimizer={layer_decay: 1, clip: global}")]
    [InlineData("training.trainable={}")]
    public void Digest_WhatDecidesNothingOrIsTheDefault_ChangesNothing(string setting) => Assert.Equal(Read().Digest(), Read(setting).Digest());

    [Theory]
    [InlineData("seed=2")]
    [InlineData("data.split=xview")]
    [InlineData("data.hold_out_classes=[1]")]
    [InlineData("view.frames=32")]
    [InlineData("view.stream=bone")]
    [InlineData("view.augment[0].kind=rotation")]
    [InlineData("encoder.depth=7")]
    [InlineData("objective.temperature=0.75")]
    [InlineData("training.epochs=11")]
    [InlineData("training.batch.micro_batches=4")]
    [InlineData("training.batch.drop_last=true")]
    [InlineData("training.precision=bf16")]
    [InlineData("training.optimizer.clip_norm=1")]
    public void Digest_WhatDecides_ChangesIt(string setting) => Assert.NotEqual(Read().Digest(), Read(setting).Digest());

    [Fact]
    public void Canonical_KeysThatCameLater_AreLeftOutAtTheirDefaults()
    {
        Assert.DoesNotContain("\"schedule\"", Encoding.UTF8.GetString(PlanDigest.Canonical(Read())), StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"st_gcn\"", Encoding.UTF8.GetString(PlanDigest.Canonical(Read("encoder={kind: st_gcn}", "objective={kind: moco}"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Digest_PublishedDefaultSpelledOut_IsTheSamePlan() =>
        Assert.Equal(Read("view.augment[0].kind=rotation").Digest(), Read("view.augment[0]={kind: rotation, amount: 0.3, probability: 1}").Digest());

    [Theory]
    [InlineData("objective.kind=moco", "{kind: moco, temperature: 0.2, queue: 65536, momentum: 0.999, projection_hidden: 256, projection_width: 128}")]
    [InlineData("objective.kind=nnclr", "{kind: nnclr, temperature: 0.1, queue: 98304, projection_hidden: 2048, projection_width: 256, prediction_hidden: 4096, views: 2, exclude_own: false, top_k: 1, enqueue: first}")]
    [InlineData("objective.kind=masked_features", "{kind: masked_features, masking: spatial_temporal, joint_ratio: 0.5, frame_ratio: 0.5, mask_probability: 0.5, masked_weight: 1, temperature: 0.1, teacher_temperature: 0.04, momentum: 0.999, projection_hidden: 2048, projection_width: 256, prototypes: 8192}")]
    [InlineData("objective.kind=simclr", "{kind: simclr, temperature: 0.1, projection_hidden: 2048, projection_width: 128}")]
    [InlineData("objective.kind=vicreg", "{kind: vicreg, projection_hidden: 8192, projection_width: 8192, invariance_weight: 25, variance_weight: 25, covariance_weight: 1}")]
    [InlineData("objective={kind: inter_skeleton, partner: {kind: bigru}}", "{kind: inter_skeleton, temperature: 0.07, queue: 16384, momentum: 0.999, projection_width: 128, partner: {kind: bigru, layers: 3, hidden: 1024, input_norm: false}}")]
    [InlineData("objective={kind: skeattnclr}", "{kind: skeattnclr, temperature: 0.2, queue: 32768, momentum: 0.999, projection_hidden: 256, projection_width: 128, mask_heads: 8, mask_sharpness: 2, salient_weight: 0.5, swap: {min_parts: 3, max_parts: 4, min_steps: 4, max_steps: 7}}")]
    public void Digest_PublishedObjectiveSpelledOut_IsTheSamePlan(string kind, string spelledOut) => Assert.Equal(ReadFor(kind).Digest(), ReadFor("objective=" + spelledOut).Digest());

    /// <summary>With the encoder that the objective needs.</summary>
    static Plan ReadFor(string objective) => objective.Contains("skeattnclr", StringComparison.Ordinal) ? Read("encoder={kind: st_gcn}", objective) : Read(objective);

    [Theory]
    [InlineData("temperature: 0.3")]
    [InlineData("queue: 100")]
    [InlineData("momentum: 0.9")]
    [InlineData("projection_hidden: 100")]
    [InlineData("projection_width: 100")]
    public void Digest_AnyKeyOfMoco_ChangesIt(string key) => Assert.NotEqual(Read("objective.kind=moco").Digest(), Read($"objective={{kind: moco, {key}}}").Digest());

    [Fact]
    public void Digest_AnotherPartner_ChangesIt() => Assert.NotEqual(Read("objective={kind: inter_skeleton, partner: {kind: a_gcn}}").Digest(), Read("objective={kind: inter_skeleton, partner: {kind: hcn}}").Digest());

    [Fact]
    public void Canonical_MinimalPlan_IsTheTextThatEarlierRunsWereNamedBy() =>
        Assert.Equal("""{"format":1,"plan":{"data":{"hold_out_classes":[],"split":"xsub"},"encoder":{"attention_dropout":0,"depth":8,"drop_path":0,"dropout":0,"heads":8,"mlp_ratio":4,"patch_frames":4,"patch_joints":1,"width":256},"objective":{"decoder":{"depth":5,"width":256},"kind":"masked_motion","mask_ratio":0.9,"motion_stride":1,"normalize_target":true,"temperature":0.8},"seed":1,"training":{"batch":{"clips":32,"drop_last":false,"micro_batches":1},"epochs":10,"optimizer":{"beta1":0.9,"beta2":0.95,"clip_norm":0,"kind":"adamw","learning_rate":0.001,"min_learning_rate":0,"warmup_epochs":0,"weight_decay":0.05},"precision":"fp32"},"view":{"augment":[],"crop":{"max":1,"min":0.5,"min_frames":64},"frames":64}}}""", Encoding.UTF8.GetString(PlanDigest.Canonical(Read())));
}
