"""Makes the parity fixtures of objectives that compare clips beside this file, in double precision. See README.md.

usage: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 make_contrast_fixtures.py FOLDER_OF_UMURL
"""
import ast
import os
import sys

import torch
import torch.nn.functional as F

from fixture_file import write

umurl, = sys.argv[1:2]
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


batch_case("simclr", 21, 9, 12, lambda: head("head.projector.", [12, 10, 6], "normalized"), nt_xent)
batch_case("vicreg", 22, 9, 12, lambda: head("head.projector.", [12, 10, 10, 6], "unbiased"), vicreg)
batch_case("vicreg-umurl", 23, 9, 12, lambda: head("head.projector.", [12, 10, 10, 6], "unbiased"), umurl_style)
batch_case("nnclr", 24, 9, 12, lambda: {**head("head.projector.", [12, 10, 10, 6], "normalized"), **head("head.predictor.", [6, 9, 6])}, nnclr, queues={"queue": (20, 6)})
