"""Golden values and gradients of the losses, in float64, written to losses.golden.json.

Made with sentence-transformers 6.0.1 on torch 2.13.0, optax 0.2.8, and, for the loss as the authors of OASIS
released it, the loops below. Run: python test/losses/golden/losses.golden.py
"""

import json
from importlib import import_module
from pathlib import Path

import jax
import numpy as np
import optax
import sentence_transformers
import torch
from sentence_transformers.sentence_transformer import losses

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)


def rounded(array):
    """Float32 values, so that both sides start from the same numbers."""
    return np.asarray(array, dtype=np.float32).astype(np.float64)


random = np.random.default_rng(20250301)
B, D = 6, 8
QUERIES = rounded(random.normal(size=(B, D)))
DOCUMENTS = rounded(QUERIES * 0.6 + random.normal(size=(B, D)))
HARD = rounded(QUERIES * 0.4 + random.normal(size=(B, D)))
GUIDE_QUERIES = rounded(random.normal(size=(B, D)))
GUIDE_DOCUMENTS = rounded(GUIDE_QUERIES * 0.3 + random.normal(size=(B, D)))
LABELS = rounded([0.9, 0.1, 0.5, 0.5, 0.3, 0.8])


class Model(torch.nn.Module):
    """Stands for an encoder: the embeddings are given."""


def through(module, loss, columns, labels=None, guide_columns=None):
    """Value and gradients of a loss of sentence-transformers at given embeddings."""
    tensors = [torch.tensor(column, requires_grad=True) for column in columns]
    guides = [torch.tensor(column) for column in guide_columns or []]
    import_module(module).embed_columns = lambda model, features: guides if model is GUIDE else tensors
    value = loss.forward([{} for _ in columns], labels)
    value.backward()
    return {"value": value.item(), "gradients": [tensor.grad.tolist() for tensor in tensors]}


GUIDE = Model()
FOLDER = "sentence_transformers.sentence_transformer.losses"


def cosent(kind, scale):
    loss = getattr(losses, kind)(Model(), scale=scale)
    module = f"{FOLDER}.cosent"
    return through(module, loss, [QUERIES, DOCUMENTS], torch.tensor(LABELS))


def ranking(columns, **options):
    loss = losses.MultipleNegativesRankingLoss(Model(), **options)
    return through(f"{FOLDER}.multiple_negatives_ranking", loss, columns)


def gist(margin, strategy, contrast_anchors, contrast_positives):
    loss = losses.GISTEmbedLoss.__new__(losses.GISTEmbedLoss)
    torch.nn.Module.__init__(loss)
    loss.model, loss.guide, loss.must_retokenize = Model(), GUIDE, False
    loss.temperature, loss.margin, loss.margin_strategy = 0.1, margin, strategy
    loss.contrast_anchors, loss.contrast_positives = contrast_anchors, contrast_positives
    loss.gather_across_devices = False
    loss.similarity_fct = torch.nn.CosineSimilarity(dim=-1)
    loss.cross_entropy_loss = torch.nn.CrossEntropyLoss()
    return through(
        f"{FOLDER}.gist_embed", loss, [QUERIES, DOCUMENTS], guide_columns=[GUIDE_QUERIES, GUIDE_DOCUMENTS]
    )


def released(queries, documents, labels, is_gt, scale=20.0, w1=0.98, w2=0.02):
    """The mixed loss of the released training code, row by row: zigzag rows, hardness over all others."""
    rows = []
    for q, c in zip(queries, documents):
        rows += [q / q.norm(), c / c.norm()]
    ranking_terms = []
    for i in range(len(rows)):
        pair = i // 2
        if not is_gt[pair]:
            continue
        positive = i + 1 if i % 2 == 0 else i - 1
        others = [k for k in range(len(rows)) if k not in (i, positive)]
        scores = torch.stack([scale * (rows[i] * rows[k]).sum() for k in others])
        gamma = torch.softmax(scores, 0)
        top = torch.exp(scale * (rows[i] * rows[positive]).sum())
        ranking_terms.append(-torch.log(top / (top + (gamma * torch.exp(scores)).sum())))
    info_nce = torch.stack(ranking_terms).mean()
    cosines = [(rows[2 * p] * rows[2 * p + 1]).sum() for p in range(len(labels))]
    total = torch.ones(())
    for a in range(len(labels)):
        for b in range(len(labels)):
            if labels[a] < labels[b]:
                total = total + torch.exp(scale * (cosines[a] - cosines[b]))
    order = torch.log(total)
    return w1 * info_nce + w2 * order, info_nce, order


def released_case():
    is_gt = [True, False, True, True, False, True]
    q = torch.tensor(QUERIES, requires_grad=True)
    d = torch.tensor(DOCUMENTS, requires_grad=True)
    loss, info_nce, order = released(q, d, LABELS, is_gt)
    loss.backward()
    return {
        "value": loss.item(),
        "infoNce": info_nce.item(),
        "cosent": order.item(),
        "isGt": is_gt,
        "gradients": [q.grad.tolist(), d.grad.tolist()],
    }


def ntxent():
    """optax's NT-Xent on queries and documents stacked: every row against all others."""
    labels = jax.numpy.concatenate([jax.numpy.arange(B)] * 2)

    def loss(q, d):
        return optax.losses.ntxent(jax.numpy.concatenate([q, d]), labels, temperature=0.1)

    value, gradients = jax.value_and_grad(loss, argnums=(0, 1))(QUERIES, DOCUMENTS)
    return {"value": float(value), "gradients": [np.asarray(g).tolist() for g in gradients]}


def list_net():
    """optax's ranking softmax on target distributions, one list a row, with each reduction."""
    scores = QUERIES[:, :5] / 4
    labels = DOCUMENTS[:, :5] / 4
    targets = jax.nn.softmax(labels / 0.5, axis=-1)
    result = {"scores": scores.tolist(), "labels": labels.tolist()}
    for name, reduce in (("mean", jax.numpy.mean), ("sum", jax.numpy.sum)):

        def loss(s):
            return optax.losses.ranking_softmax_loss(s / 0.2, targets, reduce_fn=reduce)

        value, gradient = jax.value_and_grad(loss)(scores)
        result[name] = {"value": float(value), "gradients": [np.asarray(gradient).tolist()]}
    return result


pairs = [QUERIES, DOCUMENTS]
golden = {
    "versions": {
        "sentence-transformers": sentence_transformers.__version__,
        "torch": torch.__version__,
        "optax": optax.__version__,
    },
    "inputs": {
        "queries": QUERIES.tolist(),
        "documents": DOCUMENTS.tolist(),
        "hard": HARD.tolist(),
        "guideQueries": GUIDE_QUERIES.tolist(),
        "guideDocuments": GUIDE_DOCUMENTS.tolist(),
        "labels": LABELS.tolist(),
    },
    "cosent": {"20": cosent("CoSENTLoss", 20.0), "1000": cosent("CoSENTLoss", 1000.0)},
    "angle": {"20": cosent("AnglELoss", 20.0)},
    "ranking": {
        "plain": ranking(pairs),
        "hardNegatives": ranking([*pairs, HARD]),
        "symmetric": ranking(
            pairs, directions=("query_to_doc", "doc_to_query"), partition_mode="per_direction"
        ),
        "joint": ranking(pairs, directions=("query_to_doc", "query_to_query", "doc_to_doc")),
        "penalty": ranking([*pairs, HARD], hardness_mode="all_negatives", hardness_strength=5.0),
    },
    "gist": {
        "absolute": gist(0.0, "absolute", False, False),
        "absoluteMargin": gist(0.15, "absolute", True, True),
        "relative": gist(0.3, "relative", True, True),
    },
    "released": released_case(),
    "ntxent": ntxent(),
    "listNet": list_net(),
}
path = Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden) + "\n")
print(path, {name: value.get("value") for name, value in golden.items() if isinstance(value, dict)})
