"""What the scripts beside this file share: clips, public modules, and the files that they write."""
import importlib.util
import json
import os
import struct
import sys
import types

import torch

here = os.path.dirname(os.path.abspath(__file__))
type_names = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}


def motions(clips, frames, joints, persons):
    """Smooth random walks, (N, 3, T, V, M); the last clip's second person is absent, as in NTU RGB+D."""
    x = torch.randn(clips, 3, frames, joints, persons).cumsum(2) * 0.1 + torch.randn(clips, 3, 1, joints, persons) * 0.3
    if persons > 1:
        x[-1, ..., 1] = 0
    return x


def loaded(name, folder, *path):
    """A module of the public code by its place, since folders of several repositories have the same names."""
    sys.modules.setdefault("torchvision", types.ModuleType("torchvision"))  # imported, not used
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, *path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def load_graph(skeleton_contrast):
    """What skeleton-contrast's models import by name."""
    sys.modules["graph"] = types.ModuleType("graph")  # the package's own __init__ asks for networkx
    sys.modules["graph"].tools = loaded("graph.tools", skeleton_contrast, "graph", "tools.py")
    loaded("graph.ntu_rgb_d", skeleton_contrast, "graph", "ntu_rgb_d.py")


def small_a_gcn(skeleton_contrast):
    """skeleton-contrast's A-GCN with 4, 8 and 16 channels in place of 64, 128 and 256, so that fixtures stay small."""
    load_graph(skeleton_contrast)
    public = loaded("agcn", skeleton_contrast, "moco", "AGCN.py")
    torch.Tensor.cuda = lambda tensor, *device: tensor  # the graph is sent to the clips' device, which is the CPU here
    model = public.Model(num_class=2, graph_args={"labeling_mode": "spatial"})
    widths = [3, 4, 4, 4, 4, 8, 8, 8, 16, 16, 16]
    for i in range(10):
        setattr(model, f"l{i + 1}", public.TCN_GCN_unit(widths[i], widths[i + 1], model.graph.A, stride=2 if i in (4, 7) else 1, residual=i > 0))
    return model.double()


def sequence(x):
    """As skeleton-contrast's feeders lay a clip out: (N, C, T, V, M) to (N, T, V * C * M)."""
    return x.permute(0, 2, 3, 1, 4).reshape(x.shape[0], x.shape[2], -1)


def scatter(net):
    """Every tensor away from its initial value, so that a mixed-up one cannot pass."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn_like(parameter) * (0.1 if parameter.ndim == 1 else parameter[0].numel() ** -0.5) + (parameter.ndim == 1))


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
