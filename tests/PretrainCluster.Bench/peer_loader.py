"""Times the public MAMP feeder: python3 -c SCRIPT MAMP_CHECKOUT FOLDER SECONDS FRAMES VIEW_FRAMES CLIPS; prints clips/s and torch's version."""
import sys
import time

import numpy as np
import torch

source, folder, seconds, frames, view_frames, clips = sys.argv[1:]
sys.path.insert(0, source)
from feeder.feeder_ntu import Feeder  # noqa: E402

torch.set_num_threads(1)
clips, frames = int(clips), int(frames)
data = np.zeros((clips, 300, 150), np.float32)
data[:, :frames] = np.random.default_rng(0).normal(size=(clips, frames, 150))
path = folder + "/feeder.npz"
np.savez(path, x_train=data, y_train=np.eye(60)[np.arange(clips) % 60])
feeder = Feeder(path, p_interval=[0.5, 1], split="train", random_rot=True, window_size=int(view_frames))


def rate(length):
    began = time.perf_counter()
    done = 0
    while time.perf_counter() - began < length:
        feeder[done % clips]
        done += 1
    return done / (time.perf_counter() - began)


rate(float(seconds) / 10)
print(rate(float(seconds)), torch.__version__)
