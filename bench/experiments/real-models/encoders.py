"""all-MiniLM-L6-v2 trained by the losses of sentence-transformers on the batches of encoders.ts: same texts in the same order, start,
optimizer, schedule and budget.

    npx tsx bench/experiments/real-models/encoders.ts … --export-batches runs/real-models/batches
    python bench/experiments/real-models/encoders.py runs/real-models/batches SEED LOSS OUT

LOSS is MultipleNegativesRankingLoss, CoSENTLoss or GISTEmbedLoss, which is guided by the model as it is. Low-rank updates start from the
numbers that encoders.ts wrote beside the batches. Nothing is dropped out, as in encoders.ts. OUT is a model's folder for `--folder`.
"""

import json
import sys
import time
from pathlib import Path

import torch
from peft import PeftModel
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import losses

torch.set_num_threads(1)
FOLDER, SEED, LOSS, OUT = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
DATA = json.loads((FOLDER / f"batches-{SEED}.json").read_text())
SETTINGS, BATCHES = DATA["settings"], DATA["batches"]
torch.manual_seed(SEED)

model = SentenceTransformer(DATA["model"], device="cpu")
model.max_seq_length = SETTINGS["maximumLength"]
start = FOLDER / f"start-{SEED}"
if start.exists():
    model[0].model = PeftModel.from_pretrained(model[0].model, start, is_trainable=True)
model.eval()
guide = SentenceTransformer(DATA["model"], device="cpu") if LOSS == "GISTEmbedLoss" else None
if guide is not None:
    guide.max_seq_length = model.max_seq_length
scale = 1 / SETTINGS["temperature"]
trained = [weight for weight in model.parameters() if weight.requires_grad]
optimizer = torch.optim.AdamW(
    [
        {"params": [weight for weight in trained if weight.ndim > 1], "weight_decay": SETTINGS["weightDecay"]},
        {"params": [weight for weight in trained if weight.ndim <= 1], "weight_decay": 0.0},
    ],
    lr=SETTINGS["learningRate"],
)
warm = len(BATCHES) // 20
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer,
    lambda step: (step + 1) / warm if step < warm else max(0.0, 1 - (step - warm) / max(len(BATCHES) - warm, 1)),
)


def embed(texts):
    return model(model.preprocess(texts))["sentence_embedding"]


def own_pairs(batch):
    """Of each docstring its positive, and a negative where it has one."""
    positive, negative = {}, {}
    for query, document, is_positive in zip(batch["query"], batch["document"], batch["positive"]):
        (positive if is_positive else negative).setdefault(query, document)
    return positive, negative


def step_loss(batch):
    if LOSS == "GISTEmbedLoss":
        # It takes whole columns: docstrings without a negative are left out.
        positive, negative = own_pairs(batch)
        rows = [query for query in positive if query in negative]
        texts = [
            [batch["queries"][query] for query in rows],
            *([batch["documents"][column[query]] for query in rows] for column in (positive, negative)),
        ]
        return losses.GISTEmbedLoss(model, guide, temperature=SETTINGS["temperature"])([model.preprocess(t) for t in texts], None)
    queries, documents = embed(batch["queries"]), embed(batch["documents"])
    if LOSS == "CoSENTLoss":
        labels = torch.tensor(batch["similarity"])
        pairs = [queries[batch["query"]], documents[batch["document"]]]
        return losses.CoSENTLoss(model, scale=scale).compute_loss_from_embeddings(pairs, labels)
    positive, _ = own_pairs(batch)
    first = [positive[query] for query in range(len(queries))]
    rest = [row for row in range(len(documents)) if row not in set(first)]
    columns = [queries, documents[first], documents[rest]]
    return losses.MultipleNegativesRankingLoss(model, scale=scale).compute_loss_from_embeddings(columns, None)


began = time.process_time()
for step, batch in enumerate(BATCHES):
    optimizer.zero_grad()
    loss = step_loss(batch)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    schedule.step()
    if step % 10 == 0:
        print(f"{LOSS}, seed {SEED}: step {step} of {len(BATCHES)}, loss {loss.item():.3f}", file=sys.stderr, flush=True)
print(f"{(time.process_time() - began) / len(BATCHES):.2f} s of processor a step", file=sys.stderr)
if start.exists():
    model[0].model = model[0].model.merge_and_unload()
model.save(str(OUT))
