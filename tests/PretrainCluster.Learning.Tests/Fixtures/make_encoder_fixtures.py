"""Makes the encoders' parity fixtures beside this file, in double precision, by running public implementations. See README.md.

usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 make_encoder_fixtures.py FOLDER_OF_CROSSCLR FOLDER_OF_SKELETON_CONTRAST FOLDER_OF_CMD
"""
import importlib.util
import os
import sys
import types

import torch

from fixture_file import motions, write

crossclr, skeleton_contrast, cmd = sys.argv[1:4]
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def case(name, seed, net, features, clips, frames, joints=25, persons=2, **metadata):
    """An evaluation pass with running statistics, then the gradients of a training pass, and the running statistics after it."""
    torch.manual_seed(seed)
    with torch.no_grad():  # every tensor away from its initial value, so that a mixed-up one cannot pass
        for parameter in net.parameters():
            parameter.copy_(torch.randn_like(parameter) * (0.1 if parameter.ndim == 1 else parameter[0].numel() ** -0.5) + (parameter.ndim == 1))
        for key, buffer in net.named_buffers():
            if key.endswith("running_mean"):
                buffer.copy_(torch.randn_like(buffer) * 0.1)
            elif key.endswith("running_var"):
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    x = motions(clips, frames, joints, persons)
    write(name + ".weights", net.state_dict(), dict(seed=seed))
    with torch.no_grad():
        evaluated = features(net.eval(), x)
    trained = features(net.train(), x)
    direction = torch.randn_like(trained)
    (trained * direction).sum().backward()
    tensors = {"gradient." + k: v.grad for k, v in net.named_parameters()}
    tensors.update({"after." + k: v for k, v in net.named_buffers() if "running" in k or "tracked" in k})
    tensors.update({"clips": x.permute(0, 4, 2, 3, 1), "evaluated": evaluated, "trained": trained, "direction": direction})
    write(name, tensors, dict(seed=seed, torch=torch.__version__, **metadata))


def st_gcn():
    sys.path.insert(0, crossclr)
    import net.st_gcn
    model = net.st_gcn.Model(in_channels=3, hidden_channels=4, hidden_dim=20, num_class=2, dropout=0,
                             graph_args={"layout": "ntu-rgb+d", "strategy": "spatial"}, edge_importance_weighting=True)
    model.A = model.A.double()
    model.fc = torch.nn.Identity()
    case("st-gcn", 11, model, lambda net, x: net(x), clips=3, frames=13, channels=4, width=20)


def loaded(name, folder, *path):
    """A module of the public code by its place, since folders of several repositories have the same names."""
    sys.modules.setdefault("torchvision", types.ModuleType("torchvision"))  # imported, not used
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, *path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sequence(x):
    """As feeder_pretraining_intra.py lays a clip out: (N, C, T, V, M) to (N, T, V * C * M)."""
    return x.permute(0, 2, 3, 1, 4).reshape(x.shape[0], x.shape[2], -1)


def bigru():
    model = loaded("gru", skeleton_contrast, "moco", "GRU.py").BIGRU(en_input_size=150, en_hidden_size=10, en_num_layers=2)
    del model.fc
    case("bigru", 12, model, lambda net, x: net(sequence(x), knn_eval=True), clips=3, frames=9)
    model = loaded("gru", cmd, "moco", "GRU.py").BIGRU(en_input_size=150, en_hidden_size=6, en_num_layers=3)
    del model.fc
    case("bigru-input-norm", 13, model, lambda net, x: net(sequence(x), knn_eval=True), clips=4, frames=7)


def hcn():
    model = loaded("hcn", skeleton_contrast, "moco", "HCN.py").HCN(out_channel=4, window_size=32)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout2d):
            module.p = 0
    del model.fc
    case("hcn", 14, model, lambda net, x: net(x, knn_eval=True), clips=3, frames=32)


def a_gcn():
    sys.modules["graph"] = types.ModuleType("graph")  # the package's own __init__ asks for networkx
    sys.modules["graph"].tools = loaded("tools", skeleton_contrast, "graph", "tools.py")
    sys.modules["graph.ntu_rgb_d"] = loaded("ntu_rgb_d", skeleton_contrast, "graph", "ntu_rgb_d.py")
    public = loaded("agcn", skeleton_contrast, "moco", "AGCN.py")
    torch.Tensor.cuda = lambda tensor, *device: tensor  # the graph is sent to the clips' device, which is the CPU here
    model = public.Model(num_class=2, graph_args={"labeling_mode": "spatial"})
    widths = [3, 4, 4, 4, 4, 8, 8, 8, 16, 16, 16]  # in place of 64, 128 and 256, so that the fixture stays small
    for i in range(10):
        setattr(model, f"l{i + 1}", public.TCN_GCN_unit(widths[i], widths[i + 1], model.graph.A, stride=2 if i in (4, 7) else 1, residual=i > 0))
    del model.fc
    case("a-gcn", 15, model.double(), lambda net, x: net(x, knn_eval=True), clips=3, frames=11)


st_gcn()
bigru()
hcn()
a_gcn()
