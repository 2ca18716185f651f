"""Writes mamp-views.safetensors by running the public MAMP feeder (feeder/tools.py of maoyunyao/MAMP).

    python3 make_views.py MAMP_CHECKOUT mamp-views.safetensors
"""
import json
import struct
import sys

import numpy as np
import torch

sys.path.insert(0, sys.argv[1])
from feeder import tools  # noqa: E402

FRAMES, JOINTS, PERSONS = 120, 7, 2
tensors = {}

# (valid frames, p_interval, numpy seed, torch seed or None where nothing is rotated)
cases = [(200, [0.5, 1.0], 1, 11), (90, [0.5, 1.0], 2, 12), (37, [0.5, 1.0], 3, None), (300, [0.1, 1.0], 4, 13),
         (1, [0.95], 0, None), (2, [0.95], 0, None), (200, [0.95], 0, None), (41, [0.95], 0, None)]
for number, (valid, interval, crop_seed, rotation_seed) in enumerate(cases):
    clip = np.random.default_rng(number).normal(size=(3, valid, JOINTS, PERSONS)).cumsum(1).astype(np.float32) * 0.05
    if number == 1:
        clip[..., 1] = 0
    padded = np.zeros((3, 300, JOINTS, PERSONS), np.float32)
    padded[:, :valid] = clip

    # What the feeder draws is drawn a second time, to be written down.
    np.random.seed(crop_seed)
    if len(interval) == 1:
        start = int((1 - interval[0]) * valid / 2)
        length = valid - 2 * start
    else:
        part = np.random.rand(1) * (interval[1] - interval[0]) + interval[0]
        length = int(np.minimum(np.maximum(int(np.floor(valid * part)), 64), valid))
        start = np.random.randint(0, valid - length + 1)
    np.random.seed(crop_seed)
    view = tools.valid_crop_resize(padded, valid, interval, FRAMES)

    angles = torch.zeros(3)
    if rotation_seed is not None:
        torch.manual_seed(rotation_seed)
        angles = torch.zeros(3).uniform_(-0.3, 0.3)
        torch.manual_seed(rotation_seed)
        view = tools.random_rot(view).numpy()

    tensors[f"{number}/clip"] = clip.transpose(1, 3, 2, 0)
    tensors[f"{number}/crop"] = np.array([start, length], np.float32)
    tensors[f"{number}/interval"] = np.array(interval, np.float32)
    tensors[f"{number}/angles"] = angles.numpy()
    tensors[f"{number}/view"] = np.asarray(view).transpose(3, 1, 2, 0)

header, data = {}, b""
for name, value in tensors.items():
    raw = np.ascontiguousarray(value, np.float32).tobytes()
    header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[2], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
