"""Writes exported.onnx: the fixture bert as PyTorch exports it, with matrices folded and renamed.

usage: python exported.py     needs torch, transformers and onnx
"""

from pathlib import Path

import torch
from transformers import AutoModel

here = Path(__file__).parent
model = AutoModel.from_pretrained(here / "../../encoders/fixtures/bert", attn_implementation="eager").eval()


class HiddenStates(torch.nn.Module):
    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


wrapped = HiddenStates()
wrapped.model = model
inputs = {name: torch.ones(2, 4, dtype=torch.long) for name in ("input_ids", "attention_mask", "token_type_ids")}
sizes = {0: "batch", 1: "length"}
torch.onnx.export(
    wrapped,
    tuple(inputs.values()),
    str(here / "exported.onnx"),
    input_names=list(inputs),
    output_names=["last_hidden_state"],
    dynamic_axes={name: sizes for name in (*inputs, "last_hidden_state")},
    opset_version=17,
    dynamo=False,
)
