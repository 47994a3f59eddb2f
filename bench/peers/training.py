"""The subtoken bag's training step in PyTorch, on the batch that training.ts wrote.

usage: python training.py BATCH.json STEPS THREADS
Prints one JSON line: milliseconds a step (wall and processor) after three steps of warm-up.
"""

import json
import sys
import time

import torch

batch = json.load(open(sys.argv[1]))
steps = int(sys.argv[2])
torch.set_num_threads(int(sys.argv[3]))
V, D = batch["vocabulary"], batch["dimensions"]
torch.manual_seed(0)
fixed = torch.nn.functional.normalize(torch.randn(V, D), dim=1)
deltas = torch.nn.Parameter(torch.zeros(V, D))
gates = {role: torch.nn.Parameter(torch.zeros(V)) for role in ("query", "document")}
fields = torch.nn.Parameter(torch.tensor([3.0, 1.5, -1.0]))
optimizer = torch.optim.AdamW([deltas, *gates.values(), fields], lr=1e-3, weight_decay=0.01)


def tensors(bag):
    return (
        torch.tensor(bag["terms"]),
        torch.tensor(bag["offsets"][:-1]),
        torch.tensor(bag["counts"], dtype=torch.float32).reshape(-1, 3),
    )


bags = {role: tensors(batch[role]) for role in ("query", "document")}
query, document = torch.tensor(batch["pairs"]["query"]), torch.tensor(batch["pairs"]["document"])
positive = torch.tensor(batch["pairs"]["positive"], dtype=torch.bool)
similarity = torch.tensor(batch["pairs"]["similarity"], dtype=torch.float32)
smaller = similarity[:, None] < similarity[None, :]


def encode(role):
    terms, offsets, counts = bags[role]
    weights = torch.log1p(counts @ fields.exp()) * torch.exp(16 * gates[role][terms])
    rows = torch.nn.functional.embedding_bag(
        terms, fixed + deltas, offsets, per_sample_weights=weights, mode="sum"
    )
    return torch.nn.functional.normalize(rows, dim=1)


def step():
    q, d = encode("query"), encode("document")
    scores = q @ d.T / 0.05
    own = scores[query, document]
    mask = torch.zeros_like(scores, dtype=torch.bool)
    mask[query[positive], document[positive]] = True
    others = torch.logsumexp(scores.masked_fill(mask, float("-inf")), dim=1)
    infonce = torch.nn.functional.softplus(others[query[positive]] - own[positive]).mean()
    differences = (own[:, None] - own[None, :])[smaller]
    cosent = torch.logsumexp(torch.cat([differences, torch.zeros(1)]), dim=0)
    loss = 0.98 * infonce + 0.02 * cosent
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([deltas, *gates.values(), fields], 1.0)
    optimizer.step()


for _ in range(3):
    step()
wall, cpu = time.perf_counter(), time.process_time()
for _ in range(steps):
    step()
print(
    json.dumps(
        {
            "version": torch.__version__,
            "wall": (time.perf_counter() - wall) / steps * 1e3,
            "processor": (time.process_time() - cpu) / steps * 1e3,
        }
    )
)
