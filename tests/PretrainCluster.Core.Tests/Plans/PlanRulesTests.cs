using PretrainCluster.Core.Plans;
using static PretrainCluster.Core.Tests.Plans.PlanSamples;

namespace PretrainCluster.Core.Tests.Plans;

public class PlanRulesTests
{
    [Theory]
    [InlineData("encoder.patch_frames: a divisor of view.frames, 64, is expected, not 5", "encoder.patch_frames=5")]
    [InlineData("encoder.heads: a divisor of encoder.width, 256, is expected, not 3", "encoder.heads=3")]
    [InlineData("objective.decoder.width: a multiple of encoder.heads, 8, is expected", "objective.decoder.width=100")]
    [InlineData("objective.decoder.depth: at most encoder.depth, 8, is expected", "objective.decoder.depth=9", "encoder.drop_path=0.1")]
    [InlineData("training.batch.micro_batches: a divisor of training.batch.clips, 32, is expected, not 5", "training.batch.micro_batches=5")]
    [InlineData("view.crop.min: at most view.crop.max, 0.4, is expected, not 0.5", "view.crop.max=0.4")]
    [InlineData("training.optimizer.warmup_epochs: less than training.epochs, 10, is expected, not 10", "training.optimizer.warmup_epochs=10")]
    [InlineData("training.optimizer.min_learning_rate: at most learning_rate, 0.001, is expected, not 0.1", "training.optimizer.min_learning_rate=.1")]
    [InlineData("training.optimizer.learning_rate: more than 0 is expected", "training.optimizer.learning_rate=0")]
    [InlineData("training.optimizer.momentum: only used where kind is sgd; here it is adamw", "training.optimizer.momentum=0.5")]
    [InlineData("objective.frame_ratio: only used where masking is frame or spatial_temporal; here it is joint",
        "objective.kind=skeleton_mae", "objective.masking=joint", "objective.frame_ratio=0.5")]
    [InlineData("objective.kind: an objective that compares clips, such as moco or nnclr, is expected where encoder.kind is st_gcn, not masked_motion", "encoder={kind: st_gcn}")]
    [InlineData("view.frames: at least 2 frames are expected where encoder.kind is st_gcn, not 1: its batch norm", "view.frames=1", "encoder={kind: st_gcn}", "objective={kind: moco}")]
    [InlineData("view.frames: at least 2 frames are expected where encoder.kind is bigru, not 1", "view.frames=1", "encoder={kind: bigru, input_norm: true}", "objective={kind: moco}")]
    [InlineData("encoder.width: only used where kind is hi_trs or st_gcn or transformer; here it is bigru", "encoder={kind: bigru, width: 64}", "objective={kind: nnclr}")]
    [InlineData("view.frames: at least 16 frames are expected where encoder.kind is hcn, not 12", "view.frames=12", "encoder={kind: hcn}", "objective={kind: moco}")]
    [InlineData("encoder.channels: an even number is expected where kind is hcn, not 7", "encoder={kind: hcn, channels: 7}", "objective={kind: moco}")]
    [InlineData("encoder.channels: at least 4 channels are expected where kind is a_gcn, not 3", "encoder={kind: a_gcn, channels: 3}", "objective={kind: moco}")]
    [InlineData("encoder.heads: only used where kind is hi_trs or transformer; here it is st_gcn", "encoder={kind: st_gcn, heads: 4}", "objective={kind: moco}")]
    [InlineData("encoder.channels: only used where kind is a_gcn or hcn or st_gcn; here it is transformer", "encoder.channels=16")]
    [InlineData("training.optimizer.drop_epochs: epochs after the warm-up and before the last, 10, are expected, not 3, 10", "training.optimizer={schedule: drops, drop_epochs: [3, 10]}")]
    [InlineData("training.optimizer.drop_epochs: at least one epoch is expected", "training.optimizer={schedule: drops}")]
    [InlineData("training.optimizer.min_learning_rate: only used where schedule is cosine; here it is drops", "training.optimizer={schedule: drops, drop_epochs: [3], min_learning_rate: 0}")]
    [InlineData("objective.motion_stride: less than view.frames, 4, is expected, not 4", "view.frames=4", "objective.motion_stride=4")]
    [InlineData("objective.queue: at least training.batch.clips, 32, is expected, not 31", "objective={kind: moco, queue: 31}")]
    [InlineData("objective.queue: at least training.batch.clips, 98305, is expected, not 98304", "objective.kind=nnclr", "training.batch.clips=98305")]
    [InlineData("objective.queue: a whole number from 1 to 16777216 is expected, not \"0\"", "objective={kind: nnclr, queue: 0}")]
    [InlineData("training.batch.clips: at least 2 clips are expected for nnclr, not 1", "objective.kind=nnclr", "training.batch.clips=1")]
    [InlineData("objective.queue: at least twice training.batch.clips, 64, is expected where enqueue is both, not 63", "objective={kind: nnclr, enqueue: both, queue: 63}")]
    [InlineData("objective.enqueue: first is expected where views is 1", "objective={kind: nnclr, enqueue: both, views: 1}")]
    [InlineData("objective.top_k: at most objective.queue, 40, is expected, not 41", "objective={kind: nnclr, top_k: 41, queue: 40}")]
    [InlineData("objective.exclude_own: only used where kind is nnclr; here it is moco", "objective={kind: moco, exclude_own: true}")]
    [InlineData("objective.momentum: only used where kind is inter_skeleton or masked_features or moco or skeattnclr; here it is nnclr", "objective={kind: nnclr, momentum: 0.9}")]
    [InlineData("objective.momentum: a number from 0 to 0.999999 is expected, not \"1\"", "objective={kind: moco, momentum: 1}")]
    [InlineData("objective.prediction_hidden: only used where kind is nnclr; here it is moco", "objective={kind: moco, prediction_hidden: 9}")]
    [InlineData("objective.top_k: only used where kind is nnclr; here it is masked_motion", "objective.top_k=9")]
    [InlineData("training.batch.clips: at least 2 clips are expected for simclr, not 1", "objective.kind=simclr", "training.batch.clips=1")]
    [InlineData("training.batch.clips: at least 2 clips are expected for vicreg, not 1", "objective.kind=vicreg", "training.batch.clips=1")]
    [InlineData("objective.variance_weight: only used where kind is vicreg; here it is simclr", "objective={kind: simclr, variance_weight: 1}")]
    [InlineData("objective.queue: only used where kind is inter_skeleton or moco or nnclr or skeattnclr; here it is vicreg", "objective={kind: vicreg, queue: 64}")]
    [InlineData("encoder.kind: st_gcn is expected where objective.kind is skeattnclr, not bigru", "encoder={kind: bigru}", "objective={kind: skeattnclr}")]
    [InlineData("encoder.graph: only used where kind is st_gcn; here it is a_gcn", "encoder={kind: a_gcn, graph: directed}", "objective={kind: moco}")]
    [InlineData("objective.mask_heads: a divisor of encoder.width, 256, is expected, not 7", "encoder={kind: st_gcn}", "objective={kind: skeattnclr, mask_heads: 7}")]
    [InlineData("objective.swap.min_parts: at most max_parts, 4, is expected, not 5", "encoder={kind: st_gcn}", "objective={kind: skeattnclr, swap: {min_parts: 5}}")]
    [InlineData("objective.swap.min_steps: at most max_steps, 7, is expected, not 8", "encoder={kind: st_gcn}", "objective={kind: skeattnclr, swap: {min_steps: 8}}")]
    [InlineData("objective.swap.max_steps: at most the 6 steps of a view of 22 frames are expected, not 7", "view.frames=22", "encoder={kind: st_gcn}", "objective={kind: skeattnclr}")]
    [InlineData("training.batch.micro_batches: at least 2 clips in each are expected for skeattnclr, not 1", "encoder={kind: st_gcn}", "objective={kind: skeattnclr}", "training.batch.micro_batches=32")]
    [InlineData("objective.partner: the encoder of the other representation is expected", "objective={kind: inter_skeleton}")]
    [InlineData("objective.partner.kind: another kind than encoder.kind, bigru, is expected", "encoder={kind: bigru}", "objective={kind: inter_skeleton, partner: {kind: bigru}}")]
    [InlineData("objective.partner.channels: at least 4 channels are expected where kind is a_gcn, not 3", "encoder={kind: bigru}", "objective={kind: inter_skeleton, partner: {kind: a_gcn, channels: 3}}")]
    [InlineData("objective.partner.width: only used where kind is hi_trs or st_gcn or transformer; here it is bigru", "encoder={kind: a_gcn}", "objective={kind: inter_skeleton, partner: {kind: bigru, width: 64}}")]
    [InlineData("objective.partner.patch_joints: a divisor of the 25 joints is expected, not 2", "data.shape={clips: 100, persons: 1, joints: 25}", "encoder={kind: bigru}", "objective={kind: inter_skeleton, partner: {patch_joints: 2}}")]
    [InlineData("view.frames: at least 16 frames are expected where objective.partner.kind is hcn, not 12", "view.frames=12", "encoder={kind: bigru}", "objective={kind: inter_skeleton, partner: {kind: hcn}}")]
    [InlineData("objective.partner.window_frames: at most 4096 joints of a window are expected, not 64 x 100", "data.shape={clips: 100, persons: 1, joints: 100}", "encoder={kind: bigru}", "objective={kind: inter_skeleton, partner: {kind: hi_trs, window_frames: 64}}")]
    [InlineData("objective.partner: only used where kind is inter_skeleton; here it is moco", "objective={kind: moco, partner: {kind: bigru}}")]
    [InlineData("objective.queue: at least training.batch.clips, 32, is expected, not 31", "encoder={kind: bigru}", "objective={kind: inter_skeleton, partner: {kind: a_gcn}, queue: 31}")]
    [InlineData("objective.decoder: only used where kind is masked_coordinates or masked_motion or skeleton_mae; here it is moco", "objective={kind: moco, decoder: {depth: 2}}")]
    [InlineData("objective.normalize_target: only used where kind is", "objective={kind: moco, normalize_target: true}")]
    [InlineData("objective.mask_ratio: only used where kind is masked_coordinates or masked_motion; here it is nnclr", "objective={kind: nnclr, mask_ratio: 0.5}")]
    [InlineData("objective.kind: an objective that compares clips, such as moco or nnclr, is expected where encoder.kind is bigru, not masked_features", "encoder={kind: bigru}", "objective={kind: masked_features}")]
    [InlineData("objective.prototypes: only used where kind is masked_features; here it is moco", "objective={kind: moco, prototypes: 9}")]
    [InlineData("objective.joint_ratio: a part that masks at least one and leaves at least one of 1 joint tokens", "data.shape={clips: 100, persons: 1, joints: 1}", "objective={kind: masked_features}")]
    [InlineData("objective.kind: another objective is expected where encoder.kind is transformer, not hi_trs", "objective={kind: hi_trs}")]
    [InlineData("encoder.width: an even number is expected where kind is hi_trs, not 9", "encoder={kind: hi_trs, width: 9}", "objective={kind: moco}")]
    [InlineData("encoder.window_stride: a stride that cuts view.frames, 4096, into at most 200 windows is expected, not 7, which makes 586", "view.frames=4096", "encoder={kind: hi_trs}", "objective={kind: moco}")]
    [InlineData("view.frames: frames for at least 3 windows are expected where objective.kind is hi_trs, not 8, which make 2", "view.frames=8", "encoder={kind: hi_trs}", "objective={kind: hi_trs}")]
    [InlineData("encoder.window_frames: at least 3 are expected where objective.kind is hi_trs, not 2", "encoder={kind: hi_trs, window_frames: 2}", "objective={kind: hi_trs}")]
    [InlineData("encoder.window_frames: at most 4096 joints of a window are expected, not 64 x 100", "data.shape={clips: 100, persons: 1, joints: 100}", "encoder={kind: hi_trs, window_frames: 64}", "objective={kind: moco}")]
    [InlineData("encoder.patch_frames: only used where kind is transformer; here it is hi_trs", "encoder={kind: hi_trs, patch_frames: 4}", "objective={kind: moco}")]
    [InlineData("view.augment[0].kernel: an odd number is expected, not 4", "view.augment[0]={kind: blur, kernel: 4}")]
    [InlineData("view.augment[0].instead: an augmentation before it is expected", "view.augment[0]={kind: blur, instead: true}")]
    [InlineData("view.augment[0].min_sigma: at most max_sigma, 2, is expected, not 3", "view.augment[0]={kind: blur, min_sigma: 3}")]
    [InlineData("workers.device: cpu, cuda or cuda:N is expected", "workers.device=tpu")]
    [InlineData("name: letters, digits", "name=../up")]
    [InlineData("evaluation.protocols[0].kind: \"lineer\" is not known; did you mean linear?", "evaluation.protocols=[lineer]")]
    [InlineData("evaluation.protocols: each protocol is expected once", "evaluation.protocols=[knn, knn]")]
    [InlineData("data.hold_out_classes: each class is expected once", "data.hold_out_classes=[1, 1]")]
    [InlineData("evaluation.novel_classes: each class is expected once", "evaluation.novel_classes=[1, 1]")]
    [InlineData("evaluation.few_shot.shots: at least one number of exemplars is expected, and each more than the one before", "evaluation.few_shot.shots=[5, 1]")]
    [InlineData("evaluation.semi_supervised.fractions: at least one part is expected", "evaluation.semi_supervised.fractions=[]")]
    [InlineData("evaluation.monitor.neighbours: at least one number of neighbours is expected", "evaluation.monitor.neighbours=[10, 10]")]
    [InlineData("checkpoints.keep_best_by: loss or monitor is expected, not \"knn\": a protocol's figures are of the test side, and nothing is chosen there. monitor, with", "checkpoints={keep_best: 1, keep_best_by: knn}")]
    [InlineData("checkpoints.keep_best_by: loss or monitor is expected, not \"linear/mamp-2023\": a protocol's", "checkpoints.keep_best_by=linear/mamp-2023")]
    [InlineData("checkpoints.keep_best_by: loss or monitor is expected, not \"knnn\"", "checkpoints.keep_best_by=knnn")]
    [InlineData("evaluation.monitor.every_epochs: more than 0 is expected where checkpoints.keep_best_by is monitor", "checkpoints.keep_best_by=monitor")]
    [InlineData("evaluation.fine_tune.warmup_epochs: less than epochs, 5, is expected, not 5", "evaluation.fine_tune={epochs: 5, warmup_epochs: 5}")]
    [InlineData("evaluation.fine_tune.min_learning_rate: at most learning_rate, 0.000001, is expected", "evaluation.fine_tune.learning_rate=1e-6")]
    [InlineData("data.hold_out_classes[1]: a whole number from 0 to 1000000 is expected, not \"-1\"", "data.hold_out_classes=[1, -1]")]
    [InlineData("encoder.patch_joints: a divisor of the 25 joints is expected, not 2", "data.shape={clips: 100, persons: 1, joints: 25}", "encoder.patch_joints=2")]
    [InlineData("training.batch.clips: at most the 20 training clips are expected", "data.shape={clips: 20, persons: 1, joints: 25}", "training.batch.drop_last=true")]
    [InlineData("objective.mask_ratio: a part that masks at least one and leaves at least one of 2 tokens",
        "data.shape={clips: 100, persons: 1, joints: 2}", "view.frames=4", "objective.mask_ratio=0.9")]
    public void Parse_KeysThatDoNotGoTogether_NamesTheKeyToChange(string problem, params string[] settings) =>
        Assert.Contains(problem, string.Join('\n', ProblemsOf(Minimal, settings)));

    [Fact]
    public void Check_DatasetOfAnotherShape_SaysBothShapes()
    {
        var plan = Read("data.shape={clips: 100, persons: 1, joints: 25}");

        PlanFit.Check(plan, new DataShape { Clips = 100, Persons = 1, Joints = 25 });
        var refusal = Assert.Throws<InputException>(() => PlanFit.Check(plan, new DataShape { Clips = 90, Persons = 1, Joints = 20 }));
        Assert.Contains("100 training clips of 1 persons with 25 joints", refusal.Message);
        Assert.Contains("90 training clips of 1 persons with 20 joints", refusal.Message);
    }

    [Fact]
    public void Check_UndeclaredShapeThatDoesNotFit_NamesTheKey() =>
        Assert.Contains("encoder.patch_joints", Assert.Throws<InputException>(() =>
            PlanFit.Check(Read("encoder.patch_joints=2"), new DataShape { Clips = 90, Persons = 1, Joints = 25 })).Message);
}
