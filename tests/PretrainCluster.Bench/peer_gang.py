"""Training of the public MAMP code (its checkout is named by MAMP_SOURCE) by several processes: DistributedDataParallel over Gloo, as its authors train it.

Started by torch.distributed.run. argv: folder, model's arguments as JSON, clips a process, steps between checkpoints. Each process appends "STEP SECONDS PID"
to a file of its rank in the folder after every step, SECONDS since the epoch; rank 0 writes a checkpoint, and all begin from it when they are started again.
"""
import json
import math
import os
import sys
import time

import torch
import torch.distributed as dist

sys.path.insert(0, os.environ["MAMP_SOURCE"])
from model_mamp.transformer import Transformer  # noqa: E402

folder, arguments, clips, every = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(1)
torch.manual_seed(0)
dist.init_process_group("gloo")
model = Transformer(**arguments["model"])
model.train(True)
parallel = torch.nn.parallel.DistributedDataParallel(model) if dist.get_world_size() > 1 else model
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.05)
samples = torch.randn(clips, 3, arguments["model"]["num_frames"], arguments["model"]["num_joints"], arguments["persons"])
checkpoint, step = os.path.join(folder, "checkpoint.pt"), 0
if os.path.exists(checkpoint):
    state = torch.load(checkpoint)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    step = state["step"]

with open(os.path.join(folder, f"rank{dist.get_rank()}"), "a") as log:
    while True:
        optimizer.zero_grad()
        loss, _, _ = parallel(samples, **arguments["step"])
        if not math.isfinite(loss.item()):
            sys.exit("the peer's loss is not finite")
        loss.backward()
        optimizer.step()
        step += 1
        if dist.get_rank() == 0 and step % every == 0:
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, checkpoint + ".new")
            os.replace(checkpoint + ".new", checkpoint)
        print(step, time.time(), os.getpid(), file=log, flush=True)
