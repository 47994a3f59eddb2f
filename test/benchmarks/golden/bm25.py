"""Writes bm25.golden.json. Run: python test/benchmarks/golden/bm25.py (bm25s 0.2, rank_bm25 0.2.2)

bm25s leaves the factor k1 + 1 out of its Lucene variant, as Lucene 8 and later do; the ATIRE variant has it.
"""

import json
import pathlib
import random

import bm25s
import numpy as np
from rank_bm25 import BM25Okapi

random.seed(5)
words = [f"w{i}" for i in range(30)]
documents = [[random.choice(words[: random.choice([5, 12, 30])]) for _ in range(random.randint(1, 25))] for _ in range(40)]
queries = [[random.choice(words + ["unknown"]) for _ in range(random.randint(1, 6))] for _ in range(10)]
queries.append(["w1", "w1", "w2"])


def by_bm25s(method, k1, b):
    model = bm25s.BM25(method=method, k1=k1, b=b, dtype="float64")
    model.index(documents, show_progress=False)
    return [[float(s) for s in model.get_scores([t for t in q if t != "unknown"] or ["w0"])] for q in queries]


# rank_bm25's own idf differs from both; with its idf replaced by ln(N/n) it is the ATIRE form.
okapi = BM25Okapi(documents, k1=1.5, b=0.75)
for term in okapi.idf:
    okapi.idf[term] = np.log(len(documents) / sum(term in d for d in documents))

golden = {
    "documents": documents,
    "queries": queries,
    "lucene": [{"k1": k1, "b": b, "scores": by_bm25s("lucene", k1, b)} for k1, b in ((1.2, 0.75), (0.9, 0.4))],
    "atire": [{"k1": k1, "b": b, "scores": by_bm25s("atire", k1, b)} for k1, b in ((1.2, 0.75), (2.0, 0.0))],
    "rankBm25": {"k1": 1.5, "b": 0.75, "scores": [[float(s) for s in okapi.get_scores(q)] for q in queries]},
}
pathlib.Path(__file__).with_name("bm25.golden.json").write_text(json.dumps(golden) + "\n")
