"""Hidden states and gradients of small random models in PyTorch: what the graphs are compared with.

usage: python architectures.py > architectures.golden.json          golden values: hidden states, and two numbers a gradient
       python architectures.py FOLDER [NAME]                 every value of every gradient, as safetensors

Weights and the gradient of the embeddings follow from the formulas below, so that no weights are committed. Texts have
every length from 1 to the longest, padded behind, or before. With dropout, masks follow from the formulas as well.
"""

import contextlib
import json
import pathlib
import sys

import torch
from transformers import AutoConfig, AutoModel

here = pathlib.Path(__file__).parent


def waves(name, count, deviation, mean=0.0):
    """Numbers that look random and follow from a name: mean + deviation · sin(i · 12.9898 + Σ codes of the name)."""
    start = float(sum(name.encode()))
    return mean + deviation * torch.sin(torch.arange(count, dtype=torch.float64) * 12.9898 + start)


def is_norm(name):
    return name.endswith("weight") and "norm" in name.lower()


DROPOUT_KEYS = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "dropout",
    "attention_dropout",
    "embedding_dropout",
    "mlp_dropout",
)


@contextlib.contextmanager
def given_masks():
    """The n-th call of dropout keeps where the wave `mask n` is above -0.9; yields the rates of the calls."""
    real, rates = torch.nn.functional.dropout, []

    def dropout(x, p=0.5, training=True, inplace=False):
        if p == 0 or not training:
            return x
        kept = waves(f"mask {len(rates)}", x.numel(), 1.0).reshape(x.shape) > -0.9
        rates.append(p)
        return x * kept / (1 - p)

    torch.nn.functional.dropout = dropout
    try:
        yield rates
    finally:
        torch.nn.functional.dropout = real


def model_of(config, rate=0.0):
    settings = {k: v for k, v in config.items() if k != "model_type"}
    kind = AutoConfig.for_model(config["model_type"], **settings)
    for key in DROPOUT_KEYS:
        if hasattr(kind, key):
            setattr(kind, key, rate)
    model = AutoModel.from_config(kind, attn_implementation="eager").double().float()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            values = waves(name, weight.numel(), 0.2 if is_norm(name) else 0.3, 1.0 if is_norm(name) else 0.0)
            weight.copy_(values.reshape(weight.shape).float())
    return model.train()


def batch(config, longest, side):
    """Texts of 1 to `longest` tokens."""
    padding = config["pad_token_id"]
    ids = torch.full((longest, longest), padding)
    mask = torch.zeros((longest, longest), dtype=torch.long)
    for row in range(longest):
        tokens = torch.tensor([2 + (row * 7 + t * 5) % (config["vocab_size"] - 2) for t in range(row + 1)])
        where = slice(0, row + 1) if side == "right" else slice(longest - row - 1, longest)
        ids[row, where] = tokens
        mask[row, where] = 1
    return ids, mask


def longest_of(config):
    rows = config["max_position_embeddings"]
    return rows - 2 if config["model_type"] in ("roberta", "xlm-roberta", "mpnet") else min(rows, 12)


def run(config, side, rate=0.0):
    model = model_of(config, rate)
    ids, mask = batch(config, longest_of(config), side)
    with given_masks() as rates:
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    shares = mask.float().unsqueeze(-1)
    vectors = torch.nn.functional.normalize((hidden * shares).sum(1) / shares.sum(1), dim=1)
    gradient = waves("gradient", vectors.numel(), 1.0).reshape(vectors.shape).float()
    (vectors * gradient).sum().backward()
    gradients = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    return dict(
        ids=ids,
        mask=mask,
        hidden=hidden.detach(),
        embeddings=vectors.detach(),
        gradients=gradients,
        rates=torch.tensor(rates),
    )


def summary(config, side):
    result = run(config, side)
    tokens = result["mask"].bool()
    hidden = result["hidden"][tokens].double()
    projections = {
        name: [g.double().norm().item(), (g.double().flatten() * waves(name + "?", g.numel(), 1.0)).sum().item()]
        for name, g in result["gradients"].items()
    }
    return dict(
        ids=result["ids"].tolist(),
        mask=result["mask"].tolist(),
        hidden=[round(x, 7) for x in hidden[-longest_of(config) :].flatten().tolist()],
        embeddings=[round(x, 7) for x in result["embeddings"].flatten().tolist()],
        gradients={name: [float(f"{x:.7g}") for x in pair] for name, pair in projections.items()},
    )


configs = json.loads((here / "configs.json").read_text())
if len(sys.argv) > 1:
    from safetensors.torch import save_file

    for label, config in configs.items():
        if label not in (sys.argv[2:] or configs):
            continue
        for name, (side, rate) in dict(right=("right", 0.0), left=("left", 0.0), dropout=("right", 0.1)).items():
            result = run(config, side, rate)
            tensors = {f"gradient/{n}": g.contiguous() for n, g in result.pop("gradients").items()}
            tensors |= {name: value.contiguous() for name, value in result.items()}
            save_file(tensors, pathlib.Path(sys.argv[1]) / f"{label}-{name}.safetensors")
else:
    golden, refused = {}, []
    for label, config in configs.items():
        try:
            golden |= {f"{label}-{side}": summary(config, side) for side in ("right", "left")}
        except Exception as error:  # an older transformers lacks an architecture: the others are written
            refused.append(f"{label}: {error!r}")
    print(json.dumps(golden))
    sys.exit("\n".join(refused) or None)
