"""How long PyTorch takes for the training step that main.rs beside this file times: the same network, loss and sizes.

    python step.py [negatives]     # with as many threads as OMP_NUM_THREADS says

The step: vectors of items brought to length 1, one block (attention with learnt weights of distance and time, then a
feed-forward net), softmax over cosines divided by .1, the way back, AdamW. Without `negatives` all items are compared with;
with them, those of the batch and as many drawn ones.
"""

import math
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

ITEMS, BATCH, LENGTH, DIM, HEADS, GAPS = 12_000, 128, 50, 64, 2, 31
DROPOUT, TEMPERATURE, STEPS = 0.3, 0.1, 12


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm, self.norm_inner, self.last = (nn.RMSNorm(DIM, eps=1e-6) for _ in range(3))
        self.mix = nn.Linear(DIM, 3 * DIM, bias=False)
        self.out = nn.Linear(DIM, DIM, bias=False)
        self.up = nn.Linear(DIM, 2 * DIM)
        self.down = nn.Linear(2 * DIM, DIM, bias=False)
        self.near = nn.Parameter(torch.zeros(HEADS, LENGTH))
        self.gaps = nn.Parameter(torch.zeros(HEADS, GAPS))
        places = torch.arange(LENGTH)
        self.distances = (places[:, None] - places[None, :]).clamp(min=0)
        self.later = places[None, :] > places[:, None]

    def forward(self, x, gaps):
        mixed = self.mix(self.norm(x)).view(BATCH, LENGTH, 3, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)
        bias = self.near[:, self.distances] + self.gaps[:, gaps].transpose(0, 1)
        bias = bias.masked_fill(self.later, float("-inf"))
        taken = F.scaled_dot_product_attention(*mixed, attn_mask=bias).transpose(1, 2).reshape(BATCH, LENGTH, DIM)
        x = x + F.dropout(self.out(taken), DROPOUT)
        x = x + F.dropout(self.down(F.silu(self.up(self.norm_inner(x)))), DROPOUT)
        return self.last(x)


def main():
    negatives = int(sys.argv[1]) if len(sys.argv) > 1 else None
    torch.manual_seed(1)
    items = nn.Parameter(0.05 * torch.randn(ITEMS, DIM))
    network = Network()
    adam = torch.optim.AdamW([items, *network.parameters()], lr=3e-3, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    clock, work = [], []
    for _ in range(STEPS):
        histories = torch.randint(ITEMS, (BATCH, LENGTH + 1))
        times = torch.randint(100_000, (BATCH, LENGTH)).cumsum(1)
        between = (times[:, :, None] - times[:, None, :]).clamp(min=0)
        gaps = torch.where(between > 0, between.clamp(min=1).log2().floor() + 1, 0).long().clamp(max=GAPS - 1)
        began, worked = time.perf_counter(), time.process_time()
        read, wanted = histories[:, :-1], histories[:, 1:].reshape(-1)
        if negatives is None:
            units, lift = F.normalize(items, dim=1), None
            vectors = units[read]
        else:
            drawn = torch.randint(ITEMS, (negatives,))
            chosen, places = torch.unique(torch.cat([read.reshape(-1), wanted, drawn]), return_inverse=True)
            met = BATCH * LENGTH
            lift = -math.log(-math.expm1(-(negatives + met) / ITEMS))
            units = F.normalize(items[chosen], dim=1)
            vectors, wanted = units[places[:met]].view(BATCH, LENGTH, DIM), places[met : 2 * met]
        tastes = network(F.dropout(vectors, DROPOUT) * math.sqrt(DIM), gaps).view(-1, DIM)
        scores = F.normalize(tastes, dim=1) @ units.t() / TEMPERATURE
        if lift is not None:
            own = scores.gather(1, wanted[:, None])
            scores = (scores + lift).scatter(1, wanted[:, None], own)
        loss = F.cross_entropy(scores, wanted)
        adam.zero_grad()
        loss.backward()
        adam.step()
        clock.append(time.perf_counter() - began)
        work.append(time.process_time() - worked)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    clock, work = sorted(clock[2:]), sorted(work[2:])
    print(f"a step: {clock[0]:.3f} s at least, {clock[len(clock) // 2]:.3f} s at the median")
    print(f"seconds of all threads: {work[0]:.3f} at least, {work[len(work) // 2]:.3f} at the median")
    print(f"{peak:.0f} MiB at most")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")


if __name__ == "__main__":
    main()
