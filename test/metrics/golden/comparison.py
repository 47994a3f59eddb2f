"""Writes comparison.golden.json: three runs compared on ten queries by pytrec_eval, scipy, statsmodels and ranx.

Run: python test/metrics/golden/comparison.py (pytrec_eval-terrier 0.5.11, scipy 1.17.1, statsmodels 0.15.0, ranx 0.3.21).
"""

import itertools
import json
import os
import pathlib

# Compiling takes minutes, these runs none.
os.environ["NUMBA_DISABLE_JIT"] = "1"

import numpy as np
from scipy import stats
from statsmodels.stats.multitest import multipletests

import pytrec_eval
import ranx

rng = np.random.default_rng(11)
ids = [f"d{i}" for i in range(30)]
qrels, runs = {}, [{}, {}, {}]
for q in range(10):
    query = f"q{q}"
    qrels[query] = {str(d): int(rng.choice([0, 1, 1, 2])) for d in rng.choice(ids, 8, replace=False)}
    qrels[query][str(rng.choice(ids))] = 1
    for i, run in enumerate(runs):
        scores = rng.permutation(30) / 10
        # The later the run, the more it knows; no scores tie.
        run[query] = {d: float(round(s + i * 0.613 * qrels[query].get(d, 0), 4)) for d, s in zip(ids, scores)}
measures = ["ndcg_cut_10", "map"]
evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "map"})
values = [evaluator.evaluate(run) for run in runs]
rows = []
for measure in measures:
    columns = [np.array([table[q][measure] for q in qrels]) for table in values]
    for i, j in itertools.combinations(range(3), 2):
        lead = columns[j] - columns[i]
        exact = stats.permutation_test(
            (lead,), lambda d, axis: d.mean(axis=axis), permutation_type="samples", n_resamples=np.inf
        )
        rows.append({
            "measure": measure, "name": f"run{j}", "against": f"run{i}", "difference": float(lead.mean()),
            "effectSize": float(lead.mean() / lead.std(ddof=1)), "randomization": float(exact.pvalue),
            "tTest": float(stats.ttest_rel(columns[j], columns[i]).pvalue),
            "better": int((lead > 0).sum()), "worse": int((lead < 0).sum()),
        })
for test in ("randomization", "tTest"):
    for row, p in zip(rows, multipletests([row[test] for row in rows], method="holm")[1]):
        row[f"{test}Holm"] = float(p)
report = ranx.compare(
    ranx.Qrels(qrels), [ranx.Run(run, name=f"run{i}") for i, run in enumerate(runs)], ["map"], stat_test="student"
).to_dict()
ranx_map = {f"run{j}-run{i}": report[f"run{i}"]["comparisons"][f"run{j}"]["map"] for i, j in itertools.combinations(range(3), 2)}
golden = {"qrels": qrels, "runs": runs, "rows": rows, "ranxStudentMap": ranx_map}
pathlib.Path(__file__).with_name("comparison.golden.json").write_text(json.dumps(golden) + "\n")
print(rows, ranx_map)
