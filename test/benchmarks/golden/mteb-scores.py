"""Scores of random runs by MTEB's own functions, those of abstention among them; null where MTEB has no number.

python mteb-scores.py FOLDER   # needs mteb, here 2.26.24; FOLDER is this one
"""

import json
import math
import os
import random
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()

from mteb._evaluators.retrieval_metrics import calculate_retrieval_scores, make_score_dict

random.seed(7)
cases = []
for queries, documents, levels in [(12, 30, 4), (8, 130, 1000), (5, 1, 2)]:
    scores = [[random.randrange(levels) / 1024 for _ in range(documents)] for _ in range(queries)]
    qrels = [[random.choice([0, 0, 0, 0, 1, 2]) if q else 0 for _ in range(documents)] for q in range(queries)]
    result = calculate_retrieval_scores(
        {f"q{q}": {f"d{d}": s for d, s in enumerate(row)} for q, row in enumerate(scores)},
        {f"q{q}": {f"d{d}": g for d, g in enumerate(row)} for q, row in enumerate(qrels)},
        (1, 3, 5, 10, 20, 100, 1000),
    )
    expected = make_score_dict(
        ndcg=result.ndcg,
        _map=result.map,
        recall=result.recall,
        precision=result.precision,
        mrr=result.mrr,
        naucs=result.naucs,
        naucs_mrr=result.naucs_mrr,
        hit_rate=result.hit_rate,
        task_scores={},
    )
    expected = {name: None if math.isnan(value) else float(value) for name, value in expected.items()}
    cases.append({"scores": scores, "qrels": qrels, "expected": expected})
with open(os.path.join(sys.argv[1], "mteb-scores.golden.json"), "w") as f:
    json.dump(cases, f)
    f.write("\n")
