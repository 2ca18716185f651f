"""A training step of the public MAMP code (its checkout is named by MAMP_SOURCE), for `bench step`.

argv: batch, threads, and the model's arguments as JSON. Prints "ready"; then, for each line "N" read, does N steps and prints wall and processor seconds.
The step is the public training loop's: forward, finite check, backward, AdamW with timm's parameter groups (timm itself is not imported by the model).
"""
import json
import math
import os
import sys
import time

import torch

sys.path.insert(0, os.environ["MAMP_SOURCE"])
said = sys.stdout
sys.stdout = sys.stderr  # the model prints its sizes
from model_mamp.transformer import Transformer  # noqa: E402

batch, threads = int(sys.argv[1]), int(sys.argv[2])
arguments = json.loads(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)

model = Transformer(**arguments["model"])
model.train(True)
decay, rest = [], []
for name, parameter in model.named_parameters():
    (rest if parameter.ndim == 1 or name.endswith(".bias") else decay).append(parameter)
optimizer = torch.optim.AdamW([{"params": rest, "weight_decay": 0.0}, {"params": decay, "weight_decay": 0.05}], lr=1e-3, betas=(0.9, 0.95))
samples = torch.randn(batch, 3, arguments["model"]["num_frames"], arguments["model"]["num_joints"], 1)


def step():
    optimizer.zero_grad()
    loss, _, _ = model(samples, **arguments["step"])
    if not math.isfinite(loss.item()):
        sys.exit("the peer's loss is not finite")
    loss.backward()
    optimizer.step()


step()
print("ready", file=said, flush=True)
for line in sys.stdin:
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(int(line)):
        step()
    print(time.perf_counter() - wall, time.process_time() - processor, file=said, flush=True)
