"""Makes the parity fixtures beside this file by running the public MAMP implementation. See README.md.

usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 make_fixtures.py FOLDER_OF_MAMP
"""
import sys

import torch

sys.path.insert(0, sys.argv[1])
import model.transformer
import model_mae.transformer
import model_mamp.transformer
from fixture_file import motions, write
from util.lr_sched import adjust_learning_rate

torch.set_num_threads(1)


class CapturedNoise:
    """torch.rand, remembering what it returned."""

    def __enter__(self):
        self.original, self.values = torch.rand, []
        torch.rand = self.rand
        return self

    def rand(self, *size, **arguments):
        self.values.append(self.original(*size, **arguments))
        return self.values[-1]

    def __exit__(self, *_):
        torch.rand = self.original


class WholeJointsAndFrames(CapturedNoise):
    """
    The masks of SkeletonMAE (Wu et al., arXiv 2209.02399), whose code is not public: some joints in all frames, some frames in all joints. The public MAE keeps the tokens of the
    lowest numbers; here these are 0 for a token that stays and 1 for one that does not, and its place in the row. Remembered is what joints and frames were drawn by.
    """

    def __init__(self, joints, frames, masked_joints, masked_frames):
        self.shape, self.masked = (joints, frames), (masked_joints, masked_frames)

    def rand(self, samples, tokens, **_):
        (joints, frames), drawn = self.shape, [self.original(samples, size) for size in self.shape]
        assert joints * frames == tokens
        hidden = torch.zeros(samples, frames, joints)
        for sample in range(samples):
            hidden[sample, :, drawn[0][sample].argsort()[:self.masked[0]]] = 1
            hidden[sample, drawn[1][sample].argsort()[:self.masked[1]], :] = 1
        self.values.append(torch.cat(drawn, 1))
        return hidden.view(samples, tokens) + torch.arange(tokens) / (2 * tokens)


def model_case(name, kind, seed, persons, clips, ratio, tau=0.8, stride=1, masks=CapturedNoise, more={}, **shape):
    """Public models are initialized in single precision, which their weights are stored in, and run in double."""
    torch.manual_seed(seed)
    transformer = (model_mamp if kind == "masked_motion" else model_mae).transformer.Transformer
    net = transformer(dim_in=3, drop_rate=0., attn_drop_rate=0., drop_path_rate=0., qkv_bias=True, mlp_ratio=4, **shape)
    with torch.no_grad():  # biases and norms away from 0 and 1, so that a mixed-up one cannot pass
        for parameter in net.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    write(name + ".weights", net.state_dict(), dict(kind=kind, seed=seed))
    net.double().train()
    x = motions(clips, shape["num_frames"], shape["num_joints"], persons).double()
    folded = x.permute(0, 4, 2, 3, 1).contiguous().view(clips * persons, shape["num_frames"], shape["num_joints"], 3)
    arguments = dict(mask_ratio=ratio)
    if kind == "masked_motion":
        arguments.update(motion_stride=stride, motion_aware_tau=tau)

    torch.manual_seed(seed + 1000)
    with masks() as noise:
        loss, prediction, mask = net(x, **arguments)
    loss.backward()
    assert len(noise.values) == 1

    torch.manual_seed(seed + 1000)
    with torch.no_grad(), masks():
        encoder_arguments = (ratio, tau) if kind == "masked_motion" else (ratio,)
        latent, again, ids_restore = net.forward_encoder(folded, *encoder_arguments)
        assert torch.equal(again, mask)
        target = net.patchify(net.extract_motion(folded, stride) if kind == "masked_motion" else folded)
        if net.norm_skes_loss:
            target = (target - target.mean(dim=-1, keepdim=True)) / (target.var(dim=-1, keepdim=True) + 1.0e-6) ** 0.5

    encoder_shape = {k: v for k, v in shape.items() if k not in ("decoder_dim_feat", "decoder_depth", "norm_skes_loss")}
    encoder = model.transformer.Transformer(dim_in=3, num_classes=2, mlp_ratio=4, qkv_bias=True, protocol="linprobe", **encoder_shape)
    left = encoder.load_state_dict(net.state_dict(), strict=False)
    assert all(k.startswith("head.") for k in left.missing_keys)
    encoder.head = torch.nn.Identity()
    with torch.no_grad():
        tokens = encoder.double().eval()(x)

    tensors = {"gradient." + k: v.grad for k, v in net.named_parameters()}
    tensors.update({
        "clips": x.permute(0, 4, 2, 3, 1), "noise": noise.values[0].double(), "mask": mask, "ids_restore": ids_restore,
        "tokens": tokens, "features": tokens.mean(dim=(1, 2, 3)), "latent": latent, "prediction": prediction,
        "target": target, "loss": loss.reshape(1)})
    write(name, tensors, dict(
        kind=kind, seed=seed, persons=persons, mask_ratio=ratio, temperature=tau, motion_stride=stride,
        normalize_target=net.norm_skes_loss, frames=shape["num_frames"], joints=shape["num_joints"],
        patch_frames=shape["t_patch_size"], patch_joints=shape["patch_size"], width=shape["dim_feat"], depth=shape["depth"],
        heads=shape["num_heads"], decoder_width=shape["decoder_dim_feat"], decoder_depth=shape["decoder_depth"], torch=torch.__version__, **more))


def mask_case(name, seed, ratio, tau):
    """The mask alone, at the published size: 120 frames, 25 joints, 750 tokens."""
    torch.manual_seed(seed)
    net = model_mamp.transformer.Transformer(dim_feat=8, decoder_dim_feat=8, depth=1, decoder_depth=1, num_heads=1)
    x = motions(2, 120, 25, 2)
    folded = x.permute(0, 4, 2, 3, 1).contiguous().view(4, 120, 25, 3)
    torch.manual_seed(seed + 1000)
    with CapturedNoise() as noise, torch.no_grad():
        _, mask, ids_restore = net.forward_encoder(folded, ratio, tau)
    write(name, {"clips": x.permute(0, 4, 2, 3, 1), "noise": noise.values[0], "mask": mask, "ids_restore": ids_restore},
          dict(kind="mask", seed=seed, mask_ratio=ratio, temperature=tau, torch=torch.__version__))


def optimizer_case(name, seed, steps, make, clip):
    """A few updates of three tensors; the groups as timm 0.3.2's add_weight_decay makes them."""
    torch.manual_seed(seed)
    parameters = {"embed": torch.nn.Parameter(torch.randn(1, 2, 1, 5)), "fc.weight": torch.nn.Parameter(torch.randn(4, 5)),
                  "fc.bias": torch.nn.Parameter(torch.randn(4))}
    tensors = {"start." + k: v.detach().clone() for k, v in parameters.items()}
    plain = [v for k, v in parameters.items() if v.ndim == 1 or k.endswith(".bias")]
    decayed = [v for k, v in parameters.items() if not (v.ndim == 1 or k.endswith(".bias"))]
    optimizer = make([{"params": plain, "weight_decay": 0.}, {"params": decayed, "weight_decay": 0.05}])
    norms = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 0.01 * (step + 1)
        for key, value in parameters.items():
            value.grad = torch.randn_like(value)
            tensors[f"gradient.{step}.{key}"] = value.grad.clone()
        norms.append(torch.nn.utils.clip_grad_norm_(parameters.values(), clip))
        optimizer.step()
        tensors.update({f"after.{step}.{k}": v.detach().clone() for k, v in parameters.items()})
    tensors["norms"] = torch.stack(norms)
    for key, value in parameters.items():
        tensors.update({f"state.{k}.{key}": v for k, v in optimizer.state[value].items() if torch.is_tensor(v) and v.ndim > 0})
    write(name, tensors, dict(seed=seed, steps=steps, clip=clip, optimizer=type(optimizer).__name__, torch=torch.__version__))


def schedule_case(name):
    class Group:
        param_groups = []

    class Arguments:
        lr, min_lr, warmup_epochs, epochs = 1e-3, 5e-4, 20, 400

    epochs = [0, 0.5, 3 + 7 / 313, 19 + 312 / 313, 20, 20 + 1 / 313, 77.25, 210, 399 + 312 / 313]
    rates = [adjust_learning_rate(Group, epoch, Arguments) for epoch in epochs]
    write(name, {"epochs": torch.tensor(epochs, dtype=torch.float64), "rates": torch.tensor(rates, dtype=torch.float64)},
          dict(learning_rate=1e-3, min_learning_rate=5e-4, warmup_epochs=20, epochs=400))


model_case("masked-motion-normalized", "masked_motion", seed=1, persons=2, clips=3, ratio=0.9, tau=0.8, num_frames=20, num_joints=7,
           patch_size=1, t_patch_size=4, dim_feat=32, decoder_dim_feat=32, depth=2, decoder_depth=2, num_heads=4, norm_skes_loss=True)
model_case("masked-motion-plain", "masked_motion", seed=2, persons=2, clips=2, ratio=0.75, tau=0.75, stride=2, num_frames=16, num_joints=6,
           patch_size=2, t_patch_size=4, dim_feat=32, decoder_dim_feat=48, depth=2, decoder_depth=1, num_heads=4, norm_skes_loss=False)
model_case("masked-coordinates-normalized", "masked_coordinates", seed=3, persons=1, clips=4, ratio=0.8, num_frames=20, num_joints=5,
           patch_size=1, t_patch_size=4, dim_feat=32, decoder_dim_feat=32, depth=3, decoder_depth=2, num_heads=4, norm_skes_loss=True)
model_case("masked-coordinates-plain", "masked_coordinates", seed=4, persons=2, clips=2, ratio=0.5, num_frames=18, num_joints=5,
           patch_size=1, t_patch_size=3, dim_feat=48, decoder_dim_feat=24, depth=2, decoder_depth=1, num_heads=4, norm_skes_loss=False)
# 3 of 5 joints and 2 of 5 time steps hidden: 6 of 25 tokens stay.
model_case("skeleton-mae", "skeleton_mae", seed=8, persons=2, clips=2, ratio=1 - 6.5 / 25, num_frames=20, num_joints=5,
           masks=lambda: WholeJointsAndFrames(5, 5, 3, 2), more=dict(joint_ratio=0.6, frame_ratio=0.4),
           patch_size=1, t_patch_size=4, dim_feat=32, decoder_dim_feat=32, depth=2, decoder_depth=1, num_heads=4, norm_skes_loss=True)
mask_case("mask-120x25", seed=5, ratio=0.9, tau=0.8)
optimizer_case("adamw", 6, 5, lambda groups: torch.optim.AdamW(groups, lr=0.01, betas=(0.9, 0.95)), clip=3.0)
optimizer_case("sgd", 7, 5, lambda groups: torch.optim.SGD(groups, lr=0.01, momentum=0.9), clip=3.0)
schedule_case("learning-rate-schedule")
