"""Makes the parity fixture of masked features beside this file, in double precision, from the heads and losses of DINOv2 on the transformer of MAMP. See README.md.

usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 make_feature_fixtures.py FOLDER_OF_MAMP FOLDER_OF_DINOV2
"""
import os
import sys

import torch

from fixture_file import write

mamp, dinov2 = sys.argv[1:3]
sys.path[:0] = [mamp, os.path.join(dinov2, "dinov2", "layers"), os.path.join(dinov2, "dinov2", "loss")]
from dino_clstoken_loss import DINOLoss
from dino_head import DINOHead
from ibot_patch_loss import iBOTPatchLoss
from model.transformer import Transformer

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

FRAMES, JOINTS, PATCH, CLIPS, PERSONS, WIDTH, PROTOTYPES = 12, 5, 4, 2, 2, 12, 7
TIMES, VIEWS, MASKED_JOINTS, MASKED_TIMES = FRAMES // PATCH, 2 * CLIPS, 3, 2
TEMPERATURE, TEACHER_TEMPERATURE, MOMENTUM, WEIGHT = 0.1, 0.05, 0.9, 0.7


class Network(torch.nn.Module):
    """What DINOv2 trains: a backbone that puts a token in place of what is masked, and a head."""

    def __init__(self):
        super().__init__()
        self.backbone = Transformer(dim_in=3, dim_feat=WIDTH, depth=2, num_heads=2, num_frames=FRAMES, num_joints=JOINTS, t_patch_size=PATCH, patch_size=1)
        self.backbone.head = torch.nn.Identity()
        self.head = DINOHead(WIDTH, PROTOTYPES, hidden_dim=10, bottleneck_dim=6)
        self.mask_token = torch.nn.Parameter(torch.zeros(1, WIDTH))

    def tokens(self, clips, masks=None):
        """(views, persons, T, V, 3) to (views, persons * tokens, width)"""
        net = self.backbone
        x = net.joints_embed(clips.flatten(0, 1)).flatten(1, 2)
        if masks is not None:
            x = torch.where(masks.reshape(x.shape[:2]).unsqueeze(-1), self.mask_token.unsqueeze(0), x)
        x = x + (net.temp_embed + net.pos_embed).flatten(1, 2)
        for block in net.blocks:
            x = block(x)
        return net.norm(x).reshape(VIEWS, -1, WIDTH)


torch.manual_seed(21)
student = Network()
with torch.no_grad():
    for name, parameter in student.named_parameters():
        parameter.copy_(torch.randn_like(parameter) * 0.3 + (parameter.ndim == 1 and "norm" in name and "weight" in name))
    student.head.last_layer.weight_g.fill_(1)  # iBOT's norm_last_layer, its default
student.head.last_layer.weight_g.requires_grad = False
teacher = Network()
teacher.load_state_dict(student.state_dict())
with torch.no_grad():
    for name, parameter in teacher.named_parameters():
        if not name.endswith("weight_g"):
            parameter.add_(torch.randn_like(parameter) * 0.05)
dino, ibot = DINOLoss(PROTOTYPES), iBOTPatchLoss(PROTOTYPES)
dino.center.copy_(torch.randn_like(dino.center) * 0.02)
ibot.center.copy_(torch.randn_like(ibot.center) * 0.02)
before = {"center": dino.center.flatten().clone(), "center2": ibot.center.flatten().clone()}

clips = torch.randn(2, CLIPS, PERSONS, FRAMES, JOINTS, 3).cumsum(3) * 0.3
clips[:, -1, 1] = 0  # an absent person
noise = torch.rand(VIEWS * PERSONS, JOINTS + TIMES)
masked = torch.tensor([True, False, True, True])
joints = torch.zeros(VIEWS * PERSONS, JOINTS, dtype=torch.bool).scatter(1, noise[:, :JOINTS].argsort(1)[:, :MASKED_JOINTS], True)
times = torch.zeros(VIEWS * PERSONS, TIMES, dtype=torch.bool).scatter(1, noise[:, JOINTS:].argsort(1)[:, :MASKED_TIMES], True)
masks = (joints.unsqueeze(1) | times.unsqueeze(2)).reshape(VIEWS, -1) & masked.unsqueeze(1)

views = clips.flatten(0, 1)
with torch.no_grad():
    tokens = teacher.tokens(views)
    pooled = tokens.mean(1).chunk(2)
    clip_logits = teacher.head(torch.cat((pooled[1], pooled[0])))
    patch_logits = teacher.head(tokens[masks])
    clip_targets = dino.softmax_center_teacher(clip_logits, TEACHER_TEMPERATURE)
    patch_targets = ibot.softmax_center_teacher(patch_logits.unsqueeze(0), TEACHER_TEMPERATURE).squeeze(0)
    dino.update_center(clip_logits)
    ibot.update_center(patch_logits.unsqueeze(0))
    dino.apply_center_update()
    ibot.apply_center_update()

tokens = student.tokens(views, masks)
contrast = dino([student.head(tokens.mean(1))], [clip_targets])
prediction = ibot.forward_masked(student.head(tokens[masks]), patch_targets, student_masks_flat=masks)
loss = contrast + WEIGHT * prediction
loss.backward()


def named(network):
    """The names of a backbone's state dict, and those of the head beside it."""
    return {name.removeprefix("backbone."): value for name, value in network.named_parameters() if not name.endswith("weight_g")}


tensors = {"student." + k: v for k, v in named(student).items()}
tensors.update({"teacher." + k: v for k, v in named(teacher).items() if k != "mask_token"})
tensors.update(before)
tensors.update({"gradient." + k: v.grad for k, v in named(student).items()})
tensors.update({"after.teacher." + k: MOMENTUM * v + (1 - MOMENTUM) * named(student)[k] for k, v in named(teacher).items() if k != "mask_token"})
tensors.update({"after.center": dino.center.flatten(), "after.center2": ibot.center.flatten()})
tensors.update({"clips": clips, "noise": noise, "masked": masked.long(), "loss": loss.reshape(1), "contrast": contrast.reshape(1), "prediction": prediction.reshape(1)})
write("masked-features", tensors, dict(seed=21, torch=torch.__version__))
