"""The training step of a BERT encoder in PyTorch: the twin of training-reference.ts and training-gpu.ts.

usage: python training-transformer.py [--layers 2 --width 128 --heads 4 --vocabulary 8192 --tokens 48 --batch 32]
                                      [--steps 12 --threads 2 --device cpu|cuda]

float32 throughout (TF32 off), eager, no dropout; AdamW, clipping, InfoNCE and CoSENT as the trainer has them.
"""

import argparse
import statistics
import time

import torch
from transformers import BertConfig, BertModel

parser = argparse.ArgumentParser()
for name, default in dict(
    layers=2, width=128, heads=4, vocabulary=8192, tokens=48, batch=32, steps=12, threads=2
).items():
    parser.add_argument(f"--{name}", type=int, default=default)
parser.add_argument("--device", default="cpu")
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.backends.cuda.matmul.allow_tf32 = False
torch.manual_seed(0)
device = torch.device(options.device)
config = BertConfig(
    vocab_size=options.vocabulary,
    hidden_size=options.width,
    num_hidden_layers=options.layers,
    num_attention_heads=options.heads,
    intermediate_size=4 * options.width,
    max_position_embeddings=options.tokens,
    hidden_dropout_prob=0,
    attention_probs_dropout_prob=0,
)
model = BertModel(config, add_pooling_layer=False).to(device).train()
parameters = list(model.parameters())
optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)
ids = {side: torch.randint(5, options.vocabulary, (options.batch, options.tokens)) for side in ("q", "d")}
positive = torch.arange(options.batch, device=device)
similarity = (0.5 + torch.arange(options.batch) / 100).to(device)
smaller = similarity[:, None] < similarity[None, :]


def encode(side):
    hidden = model(ids[side].to(device), attention_mask=torch.ones_like(ids[side]).to(device)).last_hidden_state
    return torch.nn.functional.normalize(hidden.mean(dim=1), dim=1)


def step():
    scores = encode("q") @ encode("d").T / 0.05
    infonce = torch.nn.functional.cross_entropy(scores, positive)
    own = scores.diagonal()
    differences = (own[:, None] - own[None, :])[smaller]
    cosent = torch.logsumexp(torch.cat([differences, torch.zeros(1, device=device)]), dim=0)
    loss = 0.98 * infonce + 0.02 * cosent
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return loss.item()


for _ in range(3):
    step()
wall, cpu = [], []
for _ in range(options.steps):
    clock, processor = time.perf_counter(), time.process_time()
    step()
    wall.append(time.perf_counter() - clock)
    cpu.append(time.process_time() - processor)
memory = torch.cuda.max_memory_allocated() / 2**20 if device.type == "cuda" else float("nan")
name = torch.cuda.get_device_name() if device.type == "cuda" else f"{options.threads} threads"
median = statistics.median(wall)
print(
    f"PyTorch {torch.__version__} on {name}: {min(wall) * 1e3:.0f} ms least, {median * 1e3:.0f} ms median, "
    f"{statistics.median(cpu) * 1e3:.0f} ms of processor a step; {1 / median:.2f} steps/s, "
    f"{options.batch / median:.0f} pairs/s; {memory:.0f} MiB on the device"
)
