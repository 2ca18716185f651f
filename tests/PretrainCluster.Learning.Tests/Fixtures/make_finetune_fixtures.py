"""Makes fine-tune.safetensors and its weights beside this file by running the public MAMP implementation. See README.md.

usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 make_finetune_fixtures.py FOLDER_OF_MAMP
"""
import copy
import sys

import torch

sys.path.insert(0, sys.argv[1])
import model.transformer
from fixture_file import write
from util.lr_decay import param_groups_lrd

torch.set_num_threads(1)
SEED, STEPS, REPLICAS, BATCH, PERSONS, FRAMES, JOINTS, CLASSES, HIDDEN = 3, 3, 2, 8, 2, 16, 5, 4, 6
DECAY, LAYER_DECAY, SMOOTHING, LR = 0.05, 0.8, 0.1, 3e-3

torch.manual_seed(SEED)
net = model.transformer.Transformer(dim_in=3, num_classes=CLASSES, dim_feat=8, depth=3, num_heads=2, mlp_ratio=4, num_frames=FRAMES, num_joints=JOINTS,
                                    patch_size=1, t_patch_size=4, qkv_bias=True, drop_rate=0., attn_drop_rate=0., drop_path_rate=0., protocol="finetune")
# The published head is for 25 joints and has no dropout's seed to share; the same class at this size, without dropout.
net.head = model.transformer.ActionHeadFinetune(dropout_ratio=0., dim_feat=8, num_classes=CLASSES, num_joints=JOINTS, hidden_dim=HIDDEN)
with torch.no_grad():
    for parameter in net.parameters():
        if parameter.ndim == 1:
            parameter.add_(torch.randn_like(parameter) * 0.1)
net.train()
weights = {k: v.clone() for k, v in net.state_dict().items()}
clips = torch.randn(STEPS, REPLICAS, BATCH, 3, FRAMES, JOINTS, PERSONS).cumsum(4) * 0.1
labels = torch.randint(0, CLASSES, (STEPS, REPLICAS, BATCH))


def criterion(logits, target):
    """timm 0.3.2's LabelSmoothingCrossEntropy: the mean of (1 - s) nll + s times the mean of -log p."""
    log_p = logits.log_softmax(-1)
    return ((1 - SMOOTHING) * -log_p.gather(1, target[:, None])[:, 0] + SMOOTHING * -log_p.mean(-1)).mean()


groups = param_groups_lrd(net, DECAY, layer_decay=LAYER_DECAY)
optimizer = torch.optim.AdamW(groups, lr=LR)
losses, gradients = [], {}
for step in range(STEPS):
    for group in optimizer.param_groups:
        group["lr"] = LR * group["lr_scale"]
    optimizer.zero_grad()
    # Two replicas: each normalises by its own clips, DistributedDataParallel broadcasts the first one's running statistics.
    first = criterion(net(clips[step, 0]), labels[step, 0])
    other = copy.deepcopy(net.head.bn.state_dict())
    second = criterion(net(clips[step, 1]), labels[step, 1])
    ((first + second) / 2).backward()
    net.head.bn.load_state_dict({**net.head.bn.state_dict(), **{k: other[k] for k in ("running_mean", "running_var", "num_batches_tracked")}})
    if step == 0:
        gradients = {"gradient." + k: p.grad.clone() for k, p in net.named_parameters()}
    optimizer.step()
    losses.append((first.item() + second.item()) / 2)

net.eval()
test = torch.randn(4, 3, FRAMES, JOINTS, PERSONS).cumsum(2) * 0.1
with torch.no_grad():
    logits = net(test)

arguments = dict(seed=SEED, persons=PERSONS, frames=FRAMES, joints=JOINTS, patch_frames=4, patch_joints=1, width=8, depth=3, heads=2, classes=CLASSES, hidden=HIDDEN,
                 weight_decay=DECAY, layer_decay=LAYER_DECAY, label_smoothing=SMOOTHING, learning_rate=LR, torch=torch.__version__)
write("fine-tune.weights", {k: v for k, v in weights.items() if k != "head.bn.num_batches_tracked"}, arguments)
write("fine-tune", {
    **gradients, **{"after." + k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")},
    "clips": clips.permute(0, 1, 2, 6, 4, 5, 3), "labels": labels, "losses": torch.tensor(losses), "test": test.permute(0, 4, 2, 3, 1), "logits": logits}, arguments)
