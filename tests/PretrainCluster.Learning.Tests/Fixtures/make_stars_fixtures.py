"""The contrastive tuning of STARS (arXiv 2407.10935), transcribed in torch from its description, in double precision.

Projector and predictor of NNCLR; the nearest neighbour of each projection in a queue by cosine, where the similarity to a clip's own earlier projections is set to -1;
cross-entropy of telling each neighbour's own prediction from those of the whole batch; the mean over both views. Only the first view's projections enter the queue.
"""
import torch
from torch import nn
from torch.nn import functional as F

from fixture_file import write

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
clips, width, hidden, output, prediction, size, temperature = 7, 12, 10, 6, 9, 20, 0.07


class Head(nn.Module):
    def __init__(self, widths, last_norm):
        super().__init__()
        for i in range(1, len(widths)):
            setattr(self, f"fc{i}", nn.Linear(widths[i - 1], widths[i]))
            if i < len(widths) - 1 or last_norm:
                setattr(self, f"bn{i}", nn.BatchNorm1d(widths[i]))
        self.layers = len(widths) - 1

    def forward(self, x):
        for i in range(1, self.layers + 1):
            x = getattr(self, f"fc{i}")(x)
            if hasattr(self, f"bn{i}"):
                x = getattr(self, f"bn{i}")(x)
            if i < self.layers:
                x = F.relu(x)
        return x


def neighbours(z, queue, queue_samples, samples):
    similarities = F.normalize(z, dim=1) @ queue.T
    similarities[samples[:, None] == queue_samples[None, :]] = -1
    return queue[similarities.argmax(dim=1)]


def contrast(nearest, p):
    return F.cross_entropy(nearest @ F.normalize(p, dim=1).T / temperature, torch.arange(len(p)))


for views in (1, 2):
    projector, predictor = Head([width, hidden, hidden, output], True), Head([output, prediction, output], False)
    for parameter in [*projector.parameters(), *predictor.parameters()]:
        parameter.data += 0.1 * torch.randn_like(parameter)
    embeddings = torch.randn(clips, views, width, requires_grad=True)
    samples = torch.tensor([4, 11, 3, 8, 5, 0, 17])
    queue = F.normalize(torch.randn(size, output), dim=1)
    queue_samples = torch.tensor([3, 9, 4, 4, 11, 12, 0, 5, 8, 17, 1, 2, 3, 8, 5, 0, 17, -1, -1, -1])
    state = {f"head.{part}.{name}": value.clone() for part, module in (("projector", projector), ("predictor", predictor)) for name, value in module.state_dict().items()}

    z = [projector(embeddings[:, view]) for view in range(views)]
    p = [predictor(x) for x in z]
    # Make sure that leaving a clip's own rows out matters: most of them are the nearest.
    with torch.no_grad():
        for row, sample in enumerate(queue_samples.tolist()):
            if sample in samples.tolist()[:5]:
                queue[row] = F.normalize(z[row % views][samples.tolist().index(sample)] + 0.05 * torch.randn(output), dim=0)
    with torch.no_grad():
        nearest = [neighbours(x.detach(), queue, queue_samples, samples) for x in z]
        plain = [queue[(F.normalize(x, dim=1) @ queue.T).argmax(dim=1)] for x in z]
    assert all((a != b).any() for a, b in zip(nearest, plain))
    loss = contrast(nearest[0], p[0]) if views == 1 else (contrast(nearest[0], p[1]) + contrast(nearest[1], p[0])) / 2
    names = [name for name in state if name.split(".")[-1] in ("weight", "bias")]
    parameters = {**dict(projector.named_parameters("head.projector")), **dict(predictor.named_parameters("head.predictor"))}
    gradients = torch.autograd.grad(loss, [embeddings, *[parameters[name] for name in names]])

    with torch.no_grad():
        after = F.normalize(z[0], dim=1)
    buffers = {f"after.head.{part}.{name}": value for part, module in (("projector", projector), ("predictor", predictor)) for name, value in module.named_buffers()}
    write(f"stars-{views}", {
        "embeddings": embeddings, "samples": samples, "queue": queue, "queue_samples": queue_samples, **state,
        "loss": loss, "gradient.embeddings": gradients[0], **{"gradient." + name: gradient for name, gradient in zip(names, gradients[1:])}, "enqueued": after, **buffers,
    }, {"views": views, "temperature": temperature, "seed": 3})
