"""Gloo's all-reduce, for `bench allreduce`: a member of a group of processes.

argv: rank, world size, file where the members meet. Prints "ready". Then for each line read:
"time FLOATS ROUNDS" prints, for each round, WALL:PROCESSOR seconds from a barrier to this member's end;
"bits FLOATS MICRO_BATCHES" sums micro-batches over the members, contiguous ranges of them each, and prints the SHA-256 of the result.
"""
import hashlib
import sys
import time

import torch
import torch.distributed as dist

rank, world, meeting = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method="file://" + meeting, rank=rank, world_size=world)


def gradients(floats, micro_batch):
    return torch.randn(floats, generator=torch.Generator().manual_seed(micro_batch))


def timed(floats, rounds):
    filled, buffer, seconds = gradients(floats, rank), torch.empty(floats), []
    for _ in range(rounds):
        buffer.copy_(filled)
        dist.barrier()
        wall, processor = time.perf_counter(), time.process_time()
        dist.all_reduce(buffer)
        seconds.append(f"{time.perf_counter() - wall}:{time.process_time() - processor}")
    return " ".join(seconds)


def bits(floats, micro_batches):
    buffer = torch.zeros(floats)
    for micro_batch in range(micro_batches * rank // world, micro_batches * (rank + 1) // world):
        buffer += gradients(floats, micro_batch)
    dist.all_reduce(buffer)
    return hashlib.sha256(buffer.numpy().tobytes()).hexdigest()


print("ready", flush=True)
for line in sys.stdin:
    what, *numbers = line.split()
    print({"time": timed, "bits": bits}[what](*map(int, numbers)), flush=True)
