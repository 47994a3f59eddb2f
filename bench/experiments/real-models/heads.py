"""The heads of main.ts trained by the losses of sentence-transformers: same vectors, pairs, start, budget and seeds.

    python bench/experiments/real-models/heads.py runs/real-models/python [SEEDS]

Each head starts as the identity: h(x) = normalize(x + x W), a W for queries and one for documents. AdamW, a linear schedule after a
warm-up of a twentieth, the best of the epochs by MRR on the validation set: as main.ts has it. Only batches are drawn by each side's
own generator. Labels are those of the first teacher of main.ts, and the guide of the GIST losses is MiniLM as it is: the vectors that heads
start from. GISTEmbedLoss takes one negative a docstring, CachedGISTEmbedLoss both. Writes sentence-transformers.json beside data.json: reciprocal ranks by loss, test and seed.
"""

import json
import random
import sys
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import losses
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from torch.nn.functional import normalize
from transformers import PreTrainedTokenizerFast

torch.set_num_threads(1)
FOLDER = Path(sys.argv[1])
SEEDS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
DATA = json.loads((FOLDER / "data.json").read_text())
COLUMNS = DATA["columns"]
SETTINGS = {"batch": 64, "negatives": 2, "epochs": 4, "rate": 1e-3, "temperature": 0.05, "decay": 0.01}


def vectors(name):
    return torch.from_numpy(np.fromfile(FOLDER / f"{name}.f32", dtype=np.float32).reshape(-1, COLUMNS))


QUERIES, DOCUMENTS = vectors("queries"), vectors("documents")


class Head(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.query = torch.nn.Parameter(torch.zeros(COLUMNS, COLUMNS))
        self.document = torch.nn.Parameter(torch.zeros(COLUMNS, COLUMNS))

    def queries(self, rows):
        x = normalize(QUERIES[rows], dim=1)
        return normalize(x + x @ self.query, dim=1)

    def documents(self, rows):
        x = normalize(DOCUMENTS[rows], dim=1)
        return normalize(x + x @ self.document, dim=1)


class Rows(torch.nn.Module):
    """A head as the GIST losses see a model: a text is its row, documents after queries; without a head, the vectors as they are."""

    # Nothing is tokenized; the losses ask that model and guide have the same vocabulary.
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]")))
    max_seq_length = 1

    def __init__(self, head=None):
        super().__init__()
        self.head = head

    def __getitem__(self, _):
        return self

    def forward(self, features):
        rows = features["input_ids"][:, 0]
        is_query = rows < len(QUERIES)
        queries, documents = rows[is_query], rows[~is_query] - len(QUERIES)
        embeddings = torch.empty(len(rows), COLUMNS)
        if self.head is None:
            embeddings[is_query], embeddings[~is_query] = QUERIES[queries], DOCUMENTS[documents]
        else:
            embeddings[is_query], embeddings[~is_query] = self.head.queries(queries), self.head.documents(documents)
        return {"sentence_embedding": embeddings}


GIST = {"GISTEmbedLoss": (losses.GISTEmbedLoss, 1), "CachedGISTEmbedLoss": (losses.CachedGISTEmbedLoss, SETTINGS["negatives"])}


def gist_loss(name, head, columns):
    loss, negatives = GIST[name]
    features = [{"input_ids": torch.tensor(column)[:, None]} for column in columns[: 2 + negatives]]
    return loss(Rows(head), Rows(), temperature=SETTINGS["temperature"])(features, None)


def training_rows():
    """A positive with its label, and the negatives of its docstring with theirs."""
    pairs = DATA["pairs"]
    positives, negatives = [], {}
    for query, document, label, positive in zip(*(pairs[name] for name in ("query", "document", "similarity", "positive"))):
        if positive:
            positives.append((query, document, label))
        else:
            negatives.setdefault(query, []).append((document, label))
    few = SETTINGS["negatives"]
    return [(row, negatives[row[0]]) for row in positives if len(negatives.get(row[0], [])) >= few]


def reciprocal_ranks(head, data):
    with torch.no_grad():
        scores = head.queries(data["queries"]) @ head.documents(data["documents"]).T
    best = torch.full((len(data["queries"]),), -2.0)
    relevant = data["relevant"]
    for query, document in zip(relevant["query"], relevant["document"]):
        best[query] = max(best[query], scores[query, document])
    ranks = (scores > best[:, None]).sum(1) + 1
    return torch.where(ranks <= 1000, 1 / ranks, 0.0).tolist()


def step_loss(name, model, head, batch, chance):
    drawn = [chance.sample(own, SETTINGS["negatives"]) for _, own in batch]
    asked = [row[0] for row, _ in batch]
    columns = [[row[1] for row, _ in batch], *([own[i][0] for own in drawn] for i in range(SETTINGS["negatives"]))]
    if name in GIST:
        return gist_loss(name, head, [asked, *([len(QUERIES) + row for row in column] for column in columns)])
    query = head.queries(asked)
    candidates = [head.documents(column) for column in columns]
    labels = torch.tensor([[row[2], *(label for _, label in own)] for (row, _), own in zip(batch, drawn)])
    scale = 1 / SETTINGS["temperature"]
    if name == "MultipleNegativesRankingLoss":
        return losses.MultipleNegativesRankingLoss(model, scale=scale).compute_loss_from_embeddings([query, *candidates], None)
    if name == "CoSENTLoss":
        pairs = [query.repeat(len(candidates), 1), torch.cat(candidates)]
        return losses.CoSENTLoss(model, scale=scale).compute_loss_from_embeddings(pairs, labels.T.reshape(-1))
    # Of cosines, as the student's are: a label is (1 + cosine) / 2.
    margins = 2 * (labels[:, :1] - labels[:, 1:])
    return losses.MarginMSELoss(model).compute_loss_from_embeddings([query, *candidates], margins)


def train(name, seed):
    torch.manual_seed(seed)
    chance = random.Random(seed)
    rows = training_rows()
    head = Head()
    # The losses ask for a model, and use it for nothing when they are given embeddings.
    model = SentenceTransformer(modules=[torch.nn.Identity()], device="cpu")
    steps = SETTINGS["epochs"] * (len(rows) // SETTINGS["batch"])
    optimizer = torch.optim.AdamW(head.parameters(), lr=SETTINGS["rate"], weight_decay=SETTINGS["decay"])
    warm = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, (steps - step) / max(1, steps - warm))
    )
    best, kept = -1.0, None
    for _ in range(SETTINGS["epochs"]):
        chance.shuffle(rows)
        for start in range(0, len(rows) - SETTINGS["batch"] + 1, SETTINGS["batch"]):
            optimizer.zero_grad()
            step_loss(name, model, head, rows[start : start + SETTINGS["batch"]], chance).backward()
            optimizer.step()
            schedule.step()
        found = float(np.mean(reciprocal_ranks(head, DATA["validation"])))
        if found > best:
            best, kept = found, {key: value.clone() for key, value in head.state_dict().items()}
    head.load_state_dict(kept)
    return {test: reciprocal_ranks(head, data) for test, data in DATA["tests"].items()}


if __name__ == "__main__":
    file = FOLDER / "sentence-transformers.json"
    # A loss whose seeds were all trained is not trained again.
    result = json.loads(file.read_text()) if file.exists() else {}
    for name in ("MultipleNegativesRankingLoss", "CoSENTLoss", "MarginMSELoss", *GIST):
        if len(next(iter(result.get(name, {"": []}).values()))) == SEEDS:
            continue
        result.pop(name, None)
        for seed in range(1, SEEDS + 1):
            found = train(name, seed)
            for test, values in found.items():
                result.setdefault(name, {}).setdefault(test, []).append(values)
            print(name, seed, {test: round(100 * float(np.mean(values)), 2) for test, values in found.items()}, flush=True)
        file.write_text(json.dumps(result))
