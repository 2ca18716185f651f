"""What the scripts beside this file share: clips, and the files that they write."""
import json
import os
import struct

import torch

here = os.path.dirname(os.path.abspath(__file__))
type_names = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}


def motions(clips, frames, joints, persons):
    """Smooth random walks, (N, 3, T, V, M); the last clip's second person is absent, as in NTU RGB+D."""
    x = torch.randn(clips, 3, frames, joints, persons).cumsum(2) * 0.1 + torch.randn(clips, 3, 1, joints, persons) * 0.3
    if persons > 1:
        x[-1, ..., 1] = 0
    return x


def write(name, tensors, metadata):
    """The safetensors layout: header length, JSON header, data; tensors stay in the order given."""
    header, offset, data = {"__metadata__": {k: str(v) for k, v in metadata.items()}}, 0, []
    for key, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        header[key] = {"dtype": type_names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + len(raw)]}
        offset += len(raw)
        data.append(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(here, name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))
    print(name, 8 + len(text) + offset, "bytes")
