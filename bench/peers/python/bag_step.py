"""The subtoken bag's training step in PyTorch, on the same batch, with dense tables."""

import os

import torch
from torch.nn.functional import embedding_bag, normalize, softplus


def prepare(data):
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(0)
    vocabulary, dimensions = data["vocabulary"], data["dimensions"]
    fixed = normalize(torch.randn(vocabulary, dimensions), dim=1)
    deltas = torch.nn.Parameter(torch.zeros(vocabulary, dimensions))
    gates = {role: torch.nn.Parameter(torch.zeros(vocabulary)) for role in ("query", "document")}
    fields = torch.nn.Parameter(torch.tensor([3.0, 1.5, -1.0]))
    parameters = [deltas, *gates.values(), fields]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0.01)
    whole = {name: torch.tensor(data[name].astype("int64")) for name in ("query", "document", "positive")}
    query, document, positive = whole["query"], whole["document"], whole["positive"].bool()
    similarity = torch.tensor(data["similarity"])
    smaller = similarity[:, None] < similarity[None, :]
    bags = {
        role: (
            torch.tensor(data[f"{role}Terms"].astype("int64")),
            torch.tensor(data[f"{role}Offsets"].astype("int64")),
            torch.tensor(data[f"{role}Counts"]).reshape(-1, 3),
        )
        for role in ("query", "document")
    }

    def encode(role):
        terms, offsets, counts = bags[role]
        weights = torch.log1p(counts @ fields.exp()) * torch.exp(16 * gates[role][terms])
        return normalize(embedding_bag(terms, fixed + deltas, offsets, per_sample_weights=weights, mode="sum"), dim=1)

    def run():
        scores = encode("query") @ encode("document").T / 0.05
        own = scores[query, document]
        mask = torch.zeros_like(scores, dtype=torch.bool)
        mask[query[positive], document[positive]] = True
        others = torch.logsumexp(scores.masked_fill(mask, float("-inf")), dim=1)
        contrast = softplus(others[query[positive]] - own[positive]).mean()
        differences = (own[:, None] - own[None, :])[smaller]
        order = torch.logsumexp(torch.cat([differences, torch.zeros(1)]), dim=0)
        loss = 0.98 * contrast + 0.02 * order
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return loss.item()

    return run, lambda _: []
