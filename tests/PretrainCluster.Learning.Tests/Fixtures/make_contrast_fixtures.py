"""Makes the parity fixtures of objectives that compare clips beside this file, in double precision. See README.md.

usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 make_contrast_fixtures.py FOLDER_OF_UMURL FOLDER_OF_SKELETON_CONTRAST FOLDER_OF_SKEATTNCLR
"""
import ast
import os
import sys
import types

import torch
import torch.nn.functional as F

from fixture_file import load_graph, loaded, motions, scatter, sequence, small_a_gcn, write

umurl, skeleton_contrast, skeattnclr = sys.argv[1:4]
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def head(prefix, widths, last="plain"):
    """An MLP's weights under this project's names, away from their initial values."""
    weights = {}
    for i in range(1, len(widths)):
        weights[f"{prefix}fc{i}.weight"] = torch.randn(widths[i], widths[i - 1]) * widths[i - 1] ** -0.5
        if i < len(widths) - 1 or last != "unbiased":
            weights[f"{prefix}fc{i}.bias"] = torch.randn(widths[i]) * 0.1
        if i < len(widths) - 1 or last == "normalized":
            weights[f"{prefix}bn{i}.weight"] = 1 + torch.randn(widths[i]) * 0.1
            weights[f"{prefix}bn{i}.bias"] = torch.randn(widths[i]) * 0.1
    return {name: weight.requires_grad_() for name, weight in weights.items()}


def project(weights, prefix, x):
    layers = sum(name.startswith(prefix + "fc") and name.endswith(".weight") for name in weights)
    for i in range(1, layers + 1):
        x = F.linear(x, weights[f"{prefix}fc{i}.weight"], weights.get(f"{prefix}fc{i}.bias"))
        if f"{prefix}bn{i}.weight" in weights:
            x = F.batch_norm(x, None, None, weights[f"{prefix}bn{i}.weight"], weights[f"{prefix}bn{i}.bias"], training=True)
        if i < layers:
            x = F.relu(x)
    return x


def batch_case(name, seed, clips, width, weights, loss, **arguments):
    """The loss of a batch of embeddings, and its gradients by them and by the heads' weights."""
    torch.manual_seed(seed)
    weights = weights()
    embeddings = torch.randn(clips, 2, width).requires_grad_()
    others = {key: F.normalize(torch.randn(*value), dim=1) for key, value in arguments.pop("queues", {}).items()}
    value = loss(weights, embeddings, **others)
    value.backward()
    tensors = {"embeddings": embeddings, "loss": value.reshape(1), "gradient.embeddings": embeddings.grad, **others}
    tensors.update({"weight." + key: weight for key, weight in weights.items()})
    tensors.update({"gradient." + key: weight.grad for key, weight in weights.items()})
    write(name, tensors, dict(seed=seed, torch=torch.__version__, **arguments))


def nt_xent(weights, h, temperature=0.1):
    """SimCLR, equation 1 and algorithm 1: s(i, j) / tau over all views but the view itself, mean over both orders of every pair."""
    z = F.normalize(project(weights, "head.projector.", torch.cat([h[:, 0], h[:, 1]])), dim=1)
    n = len(h)
    total = 0
    for i in range(2 * n):
        s = [z[i] @ z[k] / temperature for k in range(2 * n) if k != i]
        total = total + torch.logsumexp(torch.stack(s), 0) - z[i] @ z[(i + n) % (2 * n)] / temperature
    return total / (2 * n)


def vicreg(weights, h):
    """VICReg, equations 1 to 6, with lambda = mu = 25, nu = 1, gamma = 1 and epsilon = 1e-4; v(Z) and v(Z') are halved as in the authors' code."""
    def v(z):
        return sum(torch.clamp(1 - torch.sqrt(((z[:, j] - z[:, j].mean()) ** 2).sum() / (len(z) - 1) + 1e-4), min=0) for j in range(z.shape[1])) / z.shape[1]

    def c(z):
        centred = z - z.mean(0)
        covariance = centred.T @ centred / (len(z) - 1)
        return sum(covariance[i, j] ** 2 for i in range(z.shape[1]) for j in range(z.shape[1]) if i != j) / z.shape[1]

    x, y = (project(weights, "head.projector.", h[:, i]) for i in range(2))
    return 25 * ((x - y) ** 2).mean() + 25 * (v(x) / 2 + v(y) / 2) + c(x) + c(y)


def umurl_style(weights, h):
    """UmURL's own regularisation and weights, of one modality's two views."""
    tree = ast.parse(open(os.path.join(umurl, "pretrain.py")).read())
    public = {"torch": torch}
    wanted = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in ("off_diagonal", "vc_reg")]
    exec(compile(ast.Module(wanted, []), "pretrain.py", "exec"), public)
    x, y = (project(weights, "head.projector.", h[:, i]) for i in range(2))
    return 5 * torch.nn.MSELoss()(x, y) + public["vc_reg"](x) + public["vc_reg"](y)


def nnclr(weights, h, queue, temperature=0.1):
    """NNCLR, algorithm 1."""
    z = [project(weights, "head.projector.", h[:, i]) for i in range(2)]
    p = [F.normalize(project(weights, "head.predictor.", z[i]), dim=1) for i in range(2)]
    nearest = [queue[(F.normalize(z[i], dim=1) @ queue.T).argmax(1)].detach() for i in range(2)]
    target = torch.arange(len(h))
    return (F.cross_entropy(nearest[0] @ p[1].T / temperature, target) + F.cross_entropy(nearest[1] @ p[0].T / temperature, target)) / 2


def steps_case(name, seed, model, named, clips, loss, **metadata):
    """
    A training pass of an objective that remembers: its loss, keys and gradients, and the running statistics then. Weights of a key encoder are .9 of the trained ones'.

    named -- the project's name of a public one, or None
    loss -- of model and clips; gives the keys, too
    """
    torch.manual_seed(seed)
    scatter(model)
    with torch.no_grad():
        parameters = {named(key): value for key, value in model.named_parameters() if named(key)}
        for key, value in parameters.items():
            if "key." in key:
                value.copy_(parameters[key.replace("key.", "")] * 0.9)
    model.train()
    value, keys = loss(model, clips)
    value.backward()
    tensors = {"clips": torch.stack([x.permute(0, 4, 2, 3, 1) for x in clips]), "loss": value.reshape(1), "keys": keys}
    tensors.update({"weight." + key: parameter for key, parameter in parameters.items() if "key." not in key})
    tensors.update({"gradient." + key: parameter.grad for key, parameter in parameters.items() if parameter.grad is not None})
    tensors.update({"after." + named(key): buffer for key, buffer in model.named_buffers() if named(key) and "running" in key})
    write(name, tensors, dict(seed=seed, torch=torch.__version__, **metadata))


def skeleton_contrast_moco(kind, *arguments):
    """The public MoCo between or within representations, on small encoders, its momentum 1 so that a pass leaves the key encoders alone."""
    package = sys.modules["moco"] = types.ModuleType("moco")
    package.__path__ = [os.path.join(skeleton_contrast, "moco")]
    load_graph(skeleton_contrast)
    builder = loaded("moco.builder_" + kind, skeleton_contrast, "moco", f"builder_{kind}.py")
    gru, hcn = (loaded("moco." + file, skeleton_contrast, "moco", file + ".py") for file in ("GRU", "HCN"))

    def a_gcn(num_class):
        model = small_a_gcn(skeleton_contrast)
        model.fc = torch.nn.Linear(16, num_class)
        return model

    def image(num_class):
        model = hcn.HCN(out_channel=4, window_size=16, num_class=num_class)
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout2d):
                module.p = 0
        return model

    builder.BIGRU = builder.GRU_model = lambda num_class: gru.BIGRU(en_input_size=150, en_hidden_size=4, en_num_layers=2, num_class=num_class)
    builder.AGCN, builder.HCN = a_gcn, image
    size = dict(num_class=6)
    torch.Tensor.cuda = lambda tensor, *device: tensor
    return builder.MoCo(*arguments, size, size, size, dim=6, K=20, m=1.0, T=0.07, mlp=True)


def skeleton_contrast_name(public):
    prefixes = {"encoder_q": "", "encoder_k": "key.", "encoder_r": "partner.", "encoder_l": "partner.key."}
    first, _, rest = public.partition(".")
    if first not in prefixes:
        return None
    return prefixes[first] + rest.replace("fc.0.", "head.fc1.").replace("fc.2.", "head.fc2.")


def inter_case(name, seed, representations):
    model = skeleton_contrast_moco("inter", representations)
    torch.manual_seed(seed + 1000)
    clips = [motions(4, 16, 25, 2) for _ in range(2)]
    before = {key: F.normalize(torch.randn(6, 20), dim=0) for key in ("Queue_S1", "Queue_S2")}

    def loss(model, clips):
        model.Queue_S1, model.Queue_S2 = (value.clone() for value in before.values())
        first, second = ((sequence(x) if representations.startswith("seq") else x, x) for x in clips)
        (own, partner), targets = model(*first, *second)
        keys = torch.cat([model.Queue_S1[:, :4].T, model.Queue_S2[:, :4].T], 1)
        return F.cross_entropy(own, targets[0]) + F.cross_entropy(partner, targets[1]), keys

    steps_case(name, seed, model, skeleton_contrast_name, clips, loss, representations=representations)
    write(name + ".queues", {"queue": before["Queue_S1"].T, "partner.queue": before["Queue_S2"].T}, dict(seed=seed))


def moco_case(name, seed):
    model = skeleton_contrast_moco("intra", "seq-based")
    torch.manual_seed(seed + 1000)
    clips = [motions(4, 9, 25, 2) for _ in range(2)]
    before = F.normalize(torch.randn(6, 20), dim=0)

    def loss(model, clips):
        model.queue = before.clone()
        logits, targets = model(*(sequence(x) for x in clips))
        return F.cross_entropy(logits, targets), model.queue[:, :4].T

    steps_case(name, seed, model, skeleton_contrast_name, clips, loss)
    write(name + ".queues", {"queue": before.T}, dict(seed=seed))


def attention_case(name, seed, salient_weight):
    """SkeAttnCLR on a small ST-GCN; what it imports and does not need is left out, and what it swaps is fixed."""
    def stub(name, **members):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)

    stub("timm.models.vision_transformer", Attention=None)
    stub("timm.models.layers", DropPath=lambda rate: torch.nn.Identity())
    stub("einops", rearrange=None)
    stub("torchlight", import_class=lambda given: given)
    sys.path.insert(0, skeattnclr)
    import net.SkeAttnCLR
    import net.st_gcn
    torch.Tensor.cuda = lambda tensor, *device: tensor
    model = net.SkeAttnCLR.SkeAttnMask(net.st_gcn.Model, feature_dim=6, queue_size=20, Temperature=0.2, hidden_channels=4, hidden_dim=16, dropout=0, heads=2,
                                       graph_args={"layout": "ntu-rgb+d", "strategy": "spatial"}).double()
    model.predictor_p, model.predictor_c = model.predictor_s, model.predictor_ns  # the names that its forward pass asks for
    torch.manual_seed(seed + 1000)
    clips = [motions(8, 13, 25, 2) for _ in range(2)]
    swapped = clips[0].clone()
    swapped[:, :, 4:12, 5:14] = clips[0].roll(-1, 0)[:, :, 4:12, 5:14]
    queue = F.normalize(torch.randn(6, 20), dim=0)

    def loss(model, clips):
        kept = []
        model.ske_swap = lambda x: (None, swapped, None)
        model._dequeue_and_enqueue = lambda *keys: kept.extend(keys)
        model.queue_z = queue.clone()
        whole, salient, other = model(*clips)
        return whole + salient_weight * salient + (1 - salient_weight) * other, kept[0]

    def named(public):
        first, _, rest = public.partition(".")
        part, _, inner = rest.partition(".")
        if first in ("predictor", "predictor_s", "predictor_ns"):
            return f"head.{public}" if "running" not in public else None
        if first not in ("encoder_q", "encoder_k") or rest.startswith(("backbone.fc", "neck.proj_obj")) or part == "neck" and "running" in inner:
            return None
        return ("key." if first == "encoder_k" else "") + (inner if part == "backbone" else f"head.neck.{inner}")

    steps_case(name, seed, model, named, clips, loss, salient_weight=salient_weight)
    write(name + ".queues", {"queue": queue.T, "swapped": swapped.permute(0, 4, 2, 3, 1)}, dict(seed=seed))


batch_case("simclr", 21, 9, 12, lambda: head("head.projector.", [12, 10, 6], "normalized"), nt_xent)
batch_case("vicreg", 22, 9, 12, lambda: head("head.projector.", [12, 10, 10, 6], "unbiased"), vicreg)
batch_case("vicreg-umurl", 23, 9, 12, lambda: head("head.projector.", [12, 10, 10, 6], "unbiased"), umurl_style)
batch_case("nnclr", 24, 9, 12, lambda: {**head("head.projector.", [12, 10, 10, 6], "normalized"), **head("head.predictor.", [6, 9, 6])}, nnclr, queues={"queue": (20, 6)})
moco_case("moco", 25)
inter_case("inter-seq-graph", 26, "seq-based_and_graph-based")
inter_case("inter-seq-image", 27, "seq-based_and_image-based")
inter_case("inter-graph-image", 28, "graph-based_and_image-based")
attention_case("skeattnclr", 33, salient_weight=0.7)
