"""Random cases of losses with the values and gradients of other libraries, in float64, one JSON object a line.

Usage: python peers.py SEED COUNT, with sentence-transformers 6 and pytorch-metric-learning installed.
"""

import json
import sys
from importlib import import_module

import numpy as np
import torch
from pytorch_metric_learning.losses import NTXentLoss, SupConLoss
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.util import pairwise_cos_sim, pairwise_dot_score

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
SEED, COUNT = int(sys.argv[1]), int(sys.argv[2])
random = np.random.default_rng(SEED)
FOLDER = "sentence_transformers.sentence_transformer.losses"


class Model(torch.nn.Module):
    """Stands for an encoder: the embeddings are given."""


MODEL, GUIDE = Model(), Model()


def rows(count, width, like=None):
    """Float32 values, so that both sides start from the same numbers."""
    values = random.normal(size=(count, width)) * random.choice([0.3, 1.0, 3.0])
    if like is not None:
        values = values + random.choice([0.0, 0.6, 2.0]) * like
    return values.astype(np.float32).astype(np.float64)


def pick(*choices):
    return choices[random.integers(len(choices))]


def differentiate(loss, columns):
    """Value and gradients of a function of tensors."""
    tensors = [torch.tensor(column, requires_grad=True) for column in columns]
    value = loss(tensors)
    value.backward()
    gradients = [np.zeros_like(c) if t.grad is None else t.grad.numpy() for t, c in zip(tensors, columns)]
    return {"value": value.item(), "gradients": [gradient.tolist() for gradient in gradients]}


def columns_of(batch, width, count):
    queries = rows(batch, width)
    return [queries, *(rows(batch, width, queries) for _ in range(count))]


def shape():
    return int(random.integers(2, 9)), int(random.integers(2, 8))


def ranking():
    batch, width = shape()
    columns = columns_of(batch, width, int(random.integers(1, 4)))
    partition = pick("joint", "joint", "per_direction")
    extra = ["doc_to_query"] if partition == "per_direction" else ["query_to_query", "doc_to_query", "doc_to_doc"]
    directions = ["query_to_doc", *(name for name in extra if random.random() < 0.5)]
    mode = pick(None, None, "in_batch_negatives", "hard_negatives", "all_negatives")
    options = {
        "scale": pick(1.0, 5.0, 20.0),
        "directions": directions,
        "partition_mode": partition,
        "hardness_mode": mode,
        "hardness_strength": 0.0 if mode is None else pick(1.0, 5.0, 9.0),
    }
    loss = losses.MultipleNegativesRankingLoss(MODEL, **options)
    result = differentiate(lambda tensors: loss.compute_loss_from_embeddings(tensors, None), columns)
    return {"columns": columns, "options": options, **result}


def matryoshka():
    batch, width = shape()
    columns = columns_of(batch, width, int(random.integers(1, 3)))
    dimensions = sorted({int(random.integers(1, width + 1)) for _ in range(3)}, reverse=True)
    weights = [pick(0.25, 1.0, 2.0) for _ in dimensions]
    loss = losses.MultipleNegativesRankingLoss(MODEL)

    def total(tensors):
        terms = (
            weight * loss.compute_loss_from_embeddings([tensor[:, :dimension] for tensor in tensors], None)
            for dimension, weight in zip(dimensions, weights)
        )
        return sum(terms)

    return {"columns": columns, "options": {"dimensions": dimensions, "weights": weights}, **differentiate(total, columns)}


def gist():
    batch, width = shape()
    columns = columns_of(batch, width, int(random.integers(1, 3)))
    guides = columns_of(batch, 5, len(columns) - 1)
    loss = losses.GISTEmbedLoss.__new__(losses.GISTEmbedLoss)
    torch.nn.Module.__init__(loss)
    loss.model, loss.guide, loss.must_retokenize = MODEL, GUIDE, False
    loss.gather_across_devices = False
    loss.similarity_fct = torch.nn.CosineSimilarity(dim=-1)
    loss.cross_entropy_loss = torch.nn.CrossEntropyLoss()
    options = {
        "temperature": pick(0.05, 0.2, 1.0),
        "margin": pick(0.0, 0.1, 0.4),
        "margin_strategy": pick("absolute", "relative"),
        "contrast_anchors": bool(random.random() < 0.5),
        "contrast_positives": bool(random.random() < 0.5),
    }
    for name, value in options.items():
        setattr(loss, name, value)
    module = import_module(f"{FOLDER}.gist_embed")

    def total(tensors):
        guided = [torch.tensor(guide) for guide in guides]
        module.embed_columns = lambda model, features: guided if model is GUIDE else tensors
        return loss.forward([{} for _ in tensors], None)

    return {"columns": columns, "guides": guides, "options": options, **differentiate(total, columns)}


def cosent():
    batch, width = shape()
    columns = columns_of(batch, width, 1)
    labels = random.integers(0, 6, size=batch) / 5
    kind = pick("CoSENTLoss", "AnglELoss")
    if kind == "AnglELoss" and width % 2 == 1:
        columns = [np.concatenate([column, column[:, :1]], axis=1) for column in columns]
    scale = pick(1.0, 5.0, 20.0)
    loss = getattr(losses, kind)(MODEL, scale=scale)
    module = import_module(f"{FOLDER}.cosent")

    def total(tensors):
        module.embed_columns = lambda model, features: tensors
        return loss.forward([{} for _ in tensors], torch.tensor(labels))

    return {"columns": columns, "labels": labels, "options": {"kind": kind, "scale": scale}, **differentiate(total, columns)}


def teacher(batch, count, similarity):
    spread = 1.0 if similarity == "cosine" else 3.0
    return (random.normal(size=(batch, count)) * spread).astype(np.float32).astype(np.float64)


SIMILARITIES = {"cosine": pairwise_cos_sim, "dot": pairwise_dot_score}


def margin_mse():
    batch, width = shape()
    columns = columns_of(batch, width, int(random.integers(2, 5)))
    similarity = pick("cosine", "dot")
    labels = teacher(batch, len(columns) - 1, similarity)
    loss = losses.MarginMSELoss(MODEL, similarity_fct=SIMILARITIES[similarity])
    result = differentiate(lambda t: loss.compute_loss_from_embeddings(t, torch.tensor(labels)), columns)
    return {"columns": columns, "labels": labels, "options": {"similarity": similarity}, **result}


def kl_divergence():
    batch, width = shape()
    columns = columns_of(batch, width, int(random.integers(2, 5)))
    similarity = pick("cosine", "dot")
    labels = teacher(batch, len(columns) - 1, similarity)
    options = {"student_temperature": pick(0.5, 1.0, 2.0), "teacher_temperature": pick(0.5, 1.0, 2.0)}
    loss = losses.DistillKLDivLoss(MODEL, similarity_fct=SIMILARITIES[similarity], **options)
    result = differentiate(lambda t: loss.compute_loss_from_embeddings(t, torch.tensor(labels)), columns)
    return {"columns": columns, "labels": labels, "options": {"similarity": similarity, **options}, **result}


def metric_learning():
    """Queries against references by class; NTXent averages over pairs, so there each class has as many references."""
    classes, width = int(random.integers(2, 5)), int(random.integers(2, 8))
    kind = pick("ntxent", "supcon")
    each = int(random.integers(1, 4))
    counts = [each if kind == "ntxent" else int(random.integers(1, 4)) for _ in range(classes)]
    reference_labels = np.repeat(np.arange(classes), counts)
    # Two queries at least: pytorch-metric-learning gives 0 where there is only one pair of each kind.
    query_labels = random.integers(0, classes, size=int(random.integers(2, 8)))
    columns = [rows(len(query_labels), width), rows(len(reference_labels), width)]
    temperature = pick(0.05, 0.2, 1.0)
    loss = {"ntxent": NTXentLoss, "supcon": SupConLoss}[kind](temperature=temperature)

    def total(tensors):
        queries, references = tensors
        return loss(
            queries,
            torch.tensor(query_labels),
            ref_emb=references,
            ref_labels=torch.tensor(reference_labels),
        )

    return {
        "columns": columns,
        "queryLabels": query_labels,
        "referenceLabels": reference_labels,
        "options": {"kind": kind, "temperature": temperature},
        **differentiate(total, columns),
    }


def plain(value):
    return value.tolist() if isinstance(value, np.ndarray) else [v.tolist() for v in value]


MAKERS = [ranking, ranking, matryoshka, gist, cosent, margin_mse, kl_divergence, metric_learning]
for number in range(COUNT):
    maker = MAKERS[number % len(MAKERS)]
    case = maker()
    for name in ("columns", "guides", "labels", "queryLabels", "referenceLabels"):
        if name in case:
            case[name] = plain(case[name])
    print(json.dumps({"kind": maker.__name__, **case}))
