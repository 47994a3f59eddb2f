"""Writes profiles.golden.json: what BEIR's own code gives on a small random run.

Run: TREC_EVAL=path/to/trec_eval BEIR=path/to/a/checkout/of/beir python test/metrics/golden/profiles.py
(BEIR at ef83d29, trec_eval 10.0). BEIR asks pytrec_eval, which is trec_eval behind a Python face; here the program
itself answers, with four digits a query.
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import types

import numpy as np

TREC_EVAL = os.environ["TREC_EVAL"]
BEIR = pathlib.Path(os.environ["BEIR"])


def write(lines):
    file = tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False)
    file.write("".join(lines))
    file.close()
    return file.name


class RelevanceEvaluator:
    def __init__(self, qrels, measures):
        self.measures = sorted(measures)
        self.qrels = write(f"{q} 0 {d} {g}\n" for q, row in qrels.items() for d, g in row.items())

    def evaluate(self, results):
        run = write(f"{q} Q0 {d} 1 {s!r} tag\n" for q, row in results.items() for d, s in row.items())
        flags = [flag for measure in self.measures for flag in ("-m", measure)]
        out = subprocess.run([TREC_EVAL, "-q", *flags, self.qrels, run], check=True, capture_output=True, text=True)
        scores = {}
        for line in out.stdout.splitlines():
            name, query, value = line.split()
            if query != "all":
                scores.setdefault(query, {})[name] = float(value)
        return scores


shim = types.ModuleType("pytrec_eval")
shim.RelevanceEvaluator = RelevanceEvaluator
sys.modules["pytrec_eval"] = shim


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


# The package itself pulls in models and data sets; only its evaluation is wanted.
for name in ("beir", "beir.retrieval", "beir.retrieval.search"):
    sys.modules[name] = types.ModuleType(name)
base = types.ModuleType("beir.retrieval.search.base")
base.BaseSearch = object
sys.modules["beir.retrieval.search.base"] = base
load("beir.retrieval.custom_metrics", BEIR / "beir/retrieval/custom_metrics.py")
evaluation = load("beir.retrieval.evaluation", BEIR / "beir/retrieval/evaluation.py")

rng = np.random.default_rng(8)
# Some documents have the id of a query, as in ArguAna.
ids = [f"d{i}" for i in range(40)] + [f"q{i}" for i in range(20)]
qrels, run = {}, {}
for q in range(20):
    query = f"q{q}"
    others = [i for i in ids if i != query]
    qrels[query] = {str(d): int(rng.choice([0, 1, 1, 2, 3])) for d in rng.choice(others, 9, replace=False)}
    qrels[query][str(rng.choice(others))] = 1
    row = {str(d): float(np.round(rng.random(), 6)) for d in rng.choice(others, 35, replace=False)}
    run[query] = {query: 2.0, **row} if q % 2 == 0 else row
given = json.loads(json.dumps(run))
ks = [1, 3, 5, 10, 100]
values = {}
evaluator = evaluation.EvaluateRetrieval
for table in evaluator.evaluate(qrels, run, ks):
    for name, value in table.items():
        kind, k = name.split("@")
        values[{"NDCG": "ndcg", "MAP": "map", "Recall": "recall", "P": "precision"}[kind] + "@" + k] = value
for name, value in evaluator.evaluate_custom(qrels, run, ks, "mrr").items():
    values["mrr@" + name.split("@")[1]] = value
golden = {"beir": {"qrels": qrels, "run": given, "values": values}}
path = pathlib.Path(__file__).with_name("profiles.golden.json")
path.write_text(json.dumps(golden) + "\n")
print(values)
