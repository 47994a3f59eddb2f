"""The embeddings of an encoder in PyTorch: float32, eager, without gradients, mean pooling, on random tokens."""

import json
import os

import torch
from transformers import AutoConfig, AutoModel


def prepare(data):
    torch.set_num_threads(os.cpu_count())
    config = AutoConfig.for_model(**json.loads(data["config"]))
    without_pooler = {"add_pooling_layer": False} if config.model_type in ("bert", "mpnet") else {}
    model = AutoModel.from_config(config, **without_pooler).eval()
    ids = torch.randint(5, config.vocab_size, (data["texts"], data["tokens"]))

    def run():
        with torch.inference_mode():
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            return torch.nn.functional.normalize(hidden.mean(dim=1), dim=1)

    return run, lambda rows: list(rows.shape)
