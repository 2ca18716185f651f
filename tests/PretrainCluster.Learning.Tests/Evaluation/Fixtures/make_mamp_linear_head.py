"""Makes mamp-linear-head.json with PyTorch alone: `python3 make_mamp_linear_head.py` (last run with torch 1.13, Debian)."""
import json
import math
import pathlib

import torch

STEPS, REPLICAS, BATCH, WIDTH, CLASSES = 4, 2, 6, 5, 3

torch.manual_seed(0)
torch.set_num_threads(1)
features = torch.randn(STEPS, REPLICAS, BATCH, WIDTH) * 2 + 1
labels = torch.randint(0, CLASSES, (STEPS, REPLICAS, BATCH))
norm = torch.nn.BatchNorm1d(WIDTH, affine=False, eps=1e-6)
linear = torch.nn.Linear(WIDTH, CLASSES)
with torch.no_grad():
    linear.weight.normal_(0, 0.01)
    linear.bias.zero_()
initial_weights = linear.weight.detach().clone()
optimizer = torch.optim.SGD(linear.parameters(), lr=0.1, momentum=0.9, weight_decay=0)
criterion = torch.nn.CrossEntropyLoss()

learning_rates, losses = [], []
for step in range(STEPS):
    learning_rates.append(0.1 * 0.5 * (1 + math.cos(math.pi * 0.5 * step / STEPS)))
    optimizer.param_groups[0]["lr"] = learning_rates[-1]
    optimizer.zero_grad()
    norm.train()
    # The first replica's batch moves the running statistics, as DistributedDataParallel's broadcast has it.
    first = criterion(linear(norm(features[step, 0])), labels[step, 0])
    second = criterion(linear(torch.nn.functional.batch_norm(features[step, 1], None, None, training=True, eps=1e-6)), labels[step, 1])
    ((first + second) / 2).backward()
    optimizer.step()
    losses.append([first.item(), second.item()])

norm.eval()
test_features = torch.randn(4, WIDTH) * 2 + 1
test_probabilities = linear(norm(test_features)).detach().softmax(1)

pathlib.Path(__file__).with_name("mamp-linear-head.json").write_text(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "features": features.tolist(), "labels": labels.tolist(), "initial_weights": initial_weights.tolist(),
    "learning_rates": learning_rates, "losses": losses, "weights": linear.weight.tolist(), "bias": linear.bias.tolist(),
    "running_mean": norm.running_mean.tolist(), "running_variance": norm.running_var.tolist(),
    "test_features": test_features.tolist(), "test_probabilities": test_probabilities.tolist(),
}) + "\n")
