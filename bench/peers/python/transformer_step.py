"""The training step of a BERT encoder in PyTorch: float32, eager, no dropout, clipping, AdamW, InfoNCE and CoSENT."""

import os

import torch
from transformers import BertConfig, BertModel

VOCABULARY = 8192


def prepare(data):
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(0)
    pairs, tokens, width = data["pairs"], data["tokens"], data["width"]
    vocabulary = data.get("vocabulary", VOCABULARY)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=data["layers"],
        num_attention_heads=data["heads"],
        intermediate_size=4 * width,
        max_position_embeddings=tokens,
        hidden_dropout_prob=0,
        attention_probs_dropout_prob=0,
    )
    model = BertModel(config, add_pooling_layer=False).train()
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0.01)
    ids = {side: torch.randint(5, vocabulary, (pairs, tokens)) for side in ("query", "document")}
    positive = torch.arange(pairs)
    similarity = 0.5 + torch.arange(pairs) / 100
    smaller = similarity[:, None] < similarity[None, :]

    def encode(side):
        hidden = model(ids[side], attention_mask=torch.ones_like(ids[side])).last_hidden_state
        return torch.nn.functional.normalize(hidden.mean(dim=1), dim=1)

    def run():
        scores = encode("query") @ encode("document").T / 0.05
        contrast = torch.nn.functional.cross_entropy(scores, positive)
        own = scores.diagonal()
        differences = (own[:, None] - own[None, :])[smaller]
        order = torch.logsumexp(torch.cat([differences, torch.zeros(1)]), dim=0)
        loss = 0.98 * contrast + 0.02 * order
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return loss.item()

    return run, lambda _: []
