"""Writes metrics.golden.json.

Run: TREC_EVAL=path/to/trec_eval python test/metrics/golden/metrics.py
(trec_eval 9.0.8, scikit-learn 1.9, sentence-transformers 6, statsmodels)
"""

import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
import torch
from scipy import stats
from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
from sklearn.metrics import average_precision_score, ndcg_score
from statsmodels.stats.multitest import multipletests

TREC_EVAL = os.environ["TREC_EVAL"]
NAMES = {
    "map": "map", "recip_rank": "mrr", "Rprec": "r-precision", "ndcg": "ndcg",
    "P_5": "precision@5", "P_10": "precision@10", "recall_5": "recall@5", "recall_10": "recall@10",
    "recall_100": "recall@100", "success_1": "success@1", "success_5": "success@5", "success_10": "success@10",
    "ndcg_cut_5": "ndcg@5", "ndcg_cut_10": "ndcg@10", "map_cut_5": "map@5", "map_cut_10": "map@10",
}
ARGS = ["-m", "map", "-m", "recip_rank", "-m", "Rprec", "-m", "ndcg", "-m", "P.5,10", "-m", "recall.5,10,100",
        "-m", "success.1,5,10", "-m", "ndcg_cut.5,10", "-m", "map_cut.5,10"]


def trec_eval(qrels, run, flags):
    out = subprocess.run([TREC_EVAL, "-q", *flags, *ARGS, qrels, run], check=True, capture_output=True, text=True)
    found = {}
    for line in out.stdout.splitlines():
        name, query, value = line.split()
        if name in NAMES:
            found.setdefault(query, {})[NAMES[name]] = float(value)
    return found


def write(lines):
    file = tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False)
    file.write("".join(lines))
    file.close()
    return file.name


rng = np.random.default_rng(3)
qrels, run = [], []
ids = [f"d{i}" for i in range(40)] + ["Z9", "é1", "z", "\U0001F600x", "ﬀ2", "D10", "D9"]
for q in range(30):
    for d in rng.choice(ids, 12, replace=False):
        qrels.append(f"q{q} 0 {d} {rng.choice([-1, 0, 0, 1, 1, 2, 3])}\n")
    if q % 10 == 9:
        continue
    levels = [6, 3, 1000][q % 3]
    for d in rng.choice(ids, 30, replace=False):
        run.append(f"q{q} Q0 {d} {rng.integers(1, 9)} {int(rng.integers(0, levels)) / 8} tag\n")
run.append("q99 Q0 d1 1 0.5 tag\n")
qrels.append("q40 0 d3 0\n")
run.append("q40 Q0 d3 1 0.5 tag\n")
generated = {
    "qrels": "".join(qrels), "run": "".join(run),
    "both": trec_eval(write(qrels), write(run), []),
    "complete": trec_eval(write(qrels), write(run), ["-c"]),
}

scores = np.round(rng.random((12, 25)), 2)
grades = rng.choice([0, 0, 0, 1, 2, 4], (12, 25))
grades[:, 0] = 1
# scikit-learn's average precision knows no order within ties, so it gets none.
untied = np.argsort(np.argsort(rng.random((12, 25)), axis=1), axis=1).astype(float)
sklearn = {
    "scores": untied.tolist(), "grades": grades.tolist(),
    "averagePrecision": [float(average_precision_score(g > 0, s)) for g, s in zip(grades, untied)],
    "ndcg": [float(ndcg_score([g], [s])) for g, s in zip(grades, untied)],
    "ndcg10": [float(ndcg_score([g], [s], k=10)) for g, s in zip(grades, untied)],
    "ndcg10exp": [float(ndcg_score([2.0**g - 1], [s], k=10)) for g, s in zip(grades, untied)],
}

queries = rng.normal(size=(20, 8)).astype("float32")
corpus = rng.normal(size=(60, 8)).astype("float32")
queries /= np.linalg.norm(queries, axis=1, keepdims=True)
corpus /= np.linalg.norm(corpus, axis=1, keepdims=True)
relevant = {str(q): sorted(int(d) for d in rng.choice(60, rng.integers(1, 7), replace=False)) for q in range(20)}


class Table:
    """Answers with the vectors above: what the evaluator asks of a model."""

    similarity_fn_name = "cosine"
    model_card_data = None

    def similarity(self, a, b):
        return torch.as_tensor(a) @ torch.as_tensor(b).T


evaluator = InformationRetrievalEvaluator(
    {str(q): str(q) for q in range(20)}, {str(d): str(d) for d in range(60)},
    {q: {str(d) for d in ds} for q, ds in relevant.items()},
    mrr_at_k=[10], ndcg_at_k=[10], accuracy_at_k=[1, 5], precision_recall_at_k=[3, 10], map_at_k=[10],
    score_functions={"dot": lambda a, b: torch.as_tensor(a) @ torch.as_tensor(b).T}, show_progress_bar=False,
)
evaluator.embed_inputs = lambda model, texts, encode_fn_name=None, **_: torch.tensor(
    (queries if encode_fn_name == "query" else corpus)[[int(t) for t in texts]]
)
result = evaluator.compute_metrices(Table())["dot"]
sentence_transformers = {
    "queries": queries.ravel().tolist(), "corpus": corpus.ravel().tolist(), "relevant": relevant,
    "values": {
        "mrr@10": result["mrr@k"][10], "ndcg@10": result["ndcg@k"][10], "map-min@10": result["map@k"][10],
        "success@1": result["accuracy@k"][1], "success@5": result["accuracy@k"][5],
        "recall@3": result["recall@k"][3], "recall@10": result["recall@k"][10],
        "precision@3": result["precision@k"][3], "precision@10": result["precision@k"][10],
    },
}

p_values = np.round(rng.random(12) ** 3, 4)
a, b = np.round(rng.random(12), 3), np.round(rng.random(12) * 0.8, 3)
exact = {
    side: float(
        stats.permutation_test(
            (a - b,), lambda d, axis: d.mean(axis=axis), permutation_type="samples", n_resamples=np.inf, alternative=side
        ).pvalue
    )
    for side in ("two-sided", "greater", "less")
}
sample = np.round(rng.random(80) ** 2, 4)
interval = stats.bootstrap((sample,), np.mean, n_resamples=200000, method="percentile", rng=1).confidence_interval
significance = {
    "holm": {"p": p_values.tolist(), "adjusted": multipletests(p_values, method="holm")[1].tolist()},
    "randomization": {"a": a.tolist(), "b": b.tolist(), "pValues": exact},
    "bootstrap": {"values": sample.tolist(), "low": float(interval.low), "high": float(interval.high)},
}

golden = {
    "generated": generated, "sklearn": sklearn,
    "sentenceTransformers": sentence_transformers, "significance": significance,
}
path = pathlib.Path(__file__).with_name("metrics.golden.json")
path.write_text(json.dumps(golden) + "\n")
print(generated["both"]["all"], generated["complete"]["all"], sentence_transformers["values"], significance)
