"""The training step of an encoder in PyTorch: float32, eager, no dropout, clipping, AdamW, InfoNCE and CoSENT; with `lora` PEFT's."""

import json
import os

import torch
from transformers import AutoConfig, AutoModel


def prepare(data):
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(0)
    pairs, tokens = data["pairs"], data["tokens"]
    fields = {"hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0, **json.loads(data["config"])}
    config = AutoConfig.for_model(**fields)
    without_pooler = {"add_pooling_layer": False} if config.model_type in ("bert", "mpnet") else {}
    model = AutoModel.from_config(config, **without_pooler).train()
    if "lora" in data:
        from peft import LoraConfig, get_peft_model

        rank = data["lora"]
        targets = {"mpnet": ["q", "v"], "qwen3": ["q_proj", "v_proj"]}.get(config.model_type, ["query", "value"])
        model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets))
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, weight_decay=0.01)
    ids = {side: torch.randint(5, config.vocab_size, (pairs, tokens)) for side in ("query", "document")}
    positive = torch.arange(pairs)
    similarity = 0.5 + torch.arange(pairs) / 100
    smaller = similarity[:, None] < similarity[None, :]

    def encode(side):
        hidden = model(input_ids=ids[side], attention_mask=torch.ones_like(ids[side])).last_hidden_state
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
