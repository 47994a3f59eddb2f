"""Writes fusion.golden.json: what ranx makes of three runs by each of its methods and normalizations.

Run: python test/metrics/golden/fusion.py (ranx 0.3.21). Condorcet is asked about complete lists that agree enough to have
one order: elsewhere ranx sorts a set, and gives another order each time.
"""

import json
import os
import pathlib

# Compiling takes minutes, these runs none.
os.environ["NUMBA_DISABLE_JIT"] = "1"

import numpy as np

from ranx import Run, fuse

rng = np.random.default_rng(5)
ids = [f"d{i}" for i in range(12)]


def lists(count, complete):
    return {
        f"q{q}": {
            str(d): float(np.round(rng.normal() * (1 + count) + 2, 4))
            for d in rng.choice(ids, 12 if complete else int(rng.integers(1, 11)), replace=False)
        }
        for q in range(6)
    }


runs = [lists(i, False) for i in range(3)]
weights = [0.5, 2.0, 1.25]
norms = {"min-max": "min-max", "max": "max", "sum": "sum", "z-score": "zmuv", "rank": "rank", "borda": "borda", "none": None}
by_scores = {
    "sum": ("sum", {}, {}), "mnz": ("mnz", {}, {}), "gmnz": ("gmnz", {"gamma": 0.5}, {"gamma": 0.5}), "anz": ("anz", {}, {}),
    "min": ("min", {}, {}), "max": ("max", {}, {}), "med": ("med", {}, {}),
    "sum, weighted": ("wsum", {"weights": weights}, {"weights": weights}),
    "mnz, weighted": ("wmnz", {"weights": weights}, {"weights": weights}),
    "mixed, weighted": ("mixed", {"weights": weights}, {"weights": weights}),
}
by_ranks = {
    "rrf": ("rrf", {}, {}), "rrf, k": ("rrf", {"k": 10}, {"k": 10}), "isr": ("isr", {}, {}), "log-isr": ("log_isr", {}, {}),
    "logn-isr": ("logn_isr", {"sigma": 0.2}, {"sigma": 0.2}), "rbc": ("rbc", {"phi": 0.6}, {"phi": 0.6}),
    "borda": ("bordafuse", {}, {}), "borda, weighted": ("w_bordafuse", {"weights": weights}, {"weights": weights}),
}


def fused(given, norm, method, params):
    combined = fuse([Run(run) for run in given], norm=norm, method=method, params=params)
    return {q: dict(row) for q, row in combined.to_dict().items()}


cases = []
for name, (method, params, options) in by_scores.items():
    for own, norm in norms.items():
        options = {"method": name.split(",")[0], "normalization": own, **params}
        cases.append({"options": options, "fused": fused(runs, norm, method, params)})
for name, (method, params, options) in by_ranks.items():
    cases.append({"options": {"method": name.split(",")[0], **options}, "fused": fused(runs, None, method, params)})

# Each list moves a document by less than the distance between three: most lists agree on every pair.
base = rng.permutation(12)
agreeing = []
for shift in range(3):
    order = base.copy()
    for i in range(shift, 11, 3):
        order[i], order[i + 1] = order[i + 1], order[i]
    agreeing.append({"q": {ids[d]: float(12 - i) for i, d in enumerate(order)}})
condorcet = fused(agreeing, None, "condorcet", {})
golden = {"runs": runs, "cases": cases, "agreeing": agreeing, "condorcet": condorcet}
pathlib.Path(__file__).with_name("fusion.golden.json").write_text(json.dumps(golden) + "\n")
print(len(cases))
