"""What beir, coir-eval, pytrec_eval, ir_measures and ranx give on random runs: one JSON object per line and case.

Run: python test/metrics/golden/peers.py CASES SEED > test/metrics/golden/peers.golden.jsonl
The committed file has 40 cases of seed 1: beir 2.2.0, pytrec_eval-terrier 0.5.11 (trec_eval 9.0.8), ir_measures 0.4.3,
ranx 0.3.21, cwl-eval 1.0.12; gdeval needs Perl. Every number is one query's value, except those of beir, which are
means rounded to five digits, and pytrec_eval's gm_map, which is the mean that trec_eval prints.
"""

import copy
import importlib
import importlib.util
import json
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import types
from pathlib import Path

# Compiling takes minutes, these runs none.
os.environ["NUMBA_DISABLE_JIT"] = "1"

import numpy as np

import ir_measures
import pytrec_eval
import ranx
from beir.retrieval.evaluation import EvaluateRetrieval


def coir_evaluation():
    """What evaluates in coir-eval, whose package as a whole would load PyTorch; None where it is not installed."""
    spec = importlib.util.find_spec("coir")
    if spec is None:
        return None
    package = types.ModuleType("coir")
    package.__path__ = spec.submodule_search_locations
    sys.modules["coir"] = package
    return importlib.import_module("coir.beir.retrieval.evaluation").EvaluateRetrieval


CoirRetrieval = coir_evaluation()

KS = [1, 3, 10]
TREC = {
    "map", "recip_rank", "Rprec", "ndcg", "bpref", "infAP", "iprec_at_recall",
    "P.1,3,10", "recall.1,3,10", "success.1,3,10", "ndcg_cut.1,3,10", "map_cut.1,3,10",
}
IR = [
    "AP", "AP(rel=2)@3", "RR(rel=2)", "P(rel=2)@3", "R(rel=2)@3", "Rprec(rel=2)", "Bpref(rel=2)", "Judged@3", "Judged@10",
    "Success(rel=2)@3", "IPrec(rel=2)@0.5", "RBP(rel=1)", "RBP(rel=2,p=0.5)",
]
# Its rbp multiplies by grades, which its documentation does not say: RBP is checked against cwl-eval.
RANX = ["f1@1", "f1@3", "f1@10", "hit_rate@3", "ndcg_burges@10", "r-precision", "mrr@3", "map@10"]


def case(rng, ties):
    """Some documents have the id of a query, some queries no relevant document, no run, or a run and no qrels."""
    ids = [f"d{i}" for i in range(14)] + ["q0", "q1", "q2", "7", "10", "é"]
    qrels, run = {}, {}
    for q in range(int(rng.integers(3, 6))):
        query = f"q{q}"
        drawn = rng.choice(ids, int(rng.integers(2, 12)), replace=False)
        qrels[query] = {str(d): int(rng.choice([-1, 0, 0, 1, 1, 2, 3])) for d in drawn}
        if rng.random() < 0.15:
            continue
        listed = rng.choice(ids, int(rng.integers(1, 18)), replace=False)
        if ties:
            run[query] = {str(d): float(rng.integers(0, 4)) / 2 for d in listed}
        else:
            run[query] = dict(zip(map(str, listed), (rng.permutation(len(listed)) / 8).tolist()))
    if not run:
        run["q0"] = {"d0": 0.5}
    return qrels, run


def beir(qrels, run, evaluation=EvaluateRetrieval):
    # Its own metrics fail on a query without relevant documents and divide by their number.
    qrels = {q: row for q, row in qrels.items() if any(g > 0 for g in row.values())}
    run = {q: copy.deepcopy(row) for q, row in run.items() if q in qrels}
    if not run:
        return None
    values = {}
    for table in evaluation.evaluate(qrels, run, KS):
        values.update(table)
    for metric in ("mrr", "recall_cap", "accuracy"):
        values.update(evaluation.evaluate_custom(qrels, run, KS, metric))
    return {"qrels": qrels, "values": values}


def trec(qrels, run):
    scores = pytrec_eval.RelevanceEvaluator(qrels, TREC).evaluate(run)
    geometric = pytrec_eval.RelevanceEvaluator(qrels, {"gm_map"}).evaluate(run)
    gm_map = math.exp(np.mean([row["gm_map"] for row in geometric.values()])) if geometric else None
    return {"queries": scores, "gm_map": gm_map}


def ir(qrels, run, gdeval):
    found = {}
    judged = {q: {d: g for d, g in row.items() if g >= 0} for q, row in qrels.items()}
    for metric in ir_measures.iter_calc([ir_measures.parse_measure(n) for n in IR], judged, run):
        found.setdefault(metric.query_id, {})[str(metric.measure)] = metric.value
    if gdeval:
        for query, row in err(judged, run).items():
            found.setdefault(query, {}).update(row)
    return {q: row for q, row in found.items() if q in run}


def err(qrels, run):
    """What gdeval.pl prints, which ir_measures carries; it wants numbers as query ids."""
    script = Path(ir_measures.__file__).with_name("bin") / "gdeval.pl"
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        qrels_file, run_file = Path(folder, "qrels"), Path(folder, "run")
        qrels_file.write_text("".join(f"{q[1:]} 0 {d} {g}\n" for q, row in qrels.items() for d, g in row.items()))
        run_file.write_text("".join(f"{q[1:]} Q0 {d} 1 {s} tag\n" for q, row in run.items() for d, s in row.items()))
        for k in (3, 10):
            out = subprocess.run(["perl", script, qrels_file, run_file, str(k)], check=True, capture_output=True, text=True)
            for line in out.stdout.splitlines()[1:]:
                _, query, ndcg, value = line.split(",")
                if query != "amean":
                    row = found.setdefault(f"q{query}", {})
                    row[f"ERR@{k}"] = float(value)
                    row[f"nDCG(dcg='exp-log2')@{k}"] = float(ndcg)
    return found


def ranx_values(qrels, run):
    both = [q for q in run if any(g > 0 for g in qrels.get(q, {}).values())]
    if not both:
        return {}
    # ranx wants grades of 0 and more, whole.
    judged = ranx.Qrels({q: {d: max(g, 0) for d, g in qrels[q].items()} for q in both})
    ranked = ranx.Run({q: run[q] for q in both})
    ranx.evaluate(judged, ranked, RANX, return_mean=False)
    return {q: {m: float(ranked.scores[m][q]) for m in RANX} for q in both}


def apart(work, seconds=10):
    """What `work()` returns, from a process of its own; None when it does not: on some runs pytrec_eval never ends."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writer, "w") as out:
            out.write(json.dumps(work()))
        os._exit(0)
    os.close(writer)
    parts = []
    while select.select([reader], [], [], seconds)[0]:
        part = os.read(reader, 1 << 16)
        if not part:
            break
        parts.append(part)
    else:
        os.kill(child, signal.SIGKILL)
        parts = []
    os.close(reader)
    os.waitpid(child, 0)
    return json.loads(b"".join(parts)) if parts else None


def main(count, seed):
    rng = np.random.default_rng(seed)
    for i in range(count):
        ties = i % 2 == 1
        qrels, run = case(rng, ties)
        # Peers break ties in ways of their own: only trec_eval and beir are asked about them.
        line = {"qrels": qrels, "run": [[q, list(row.items())] for q, row in run.items()]}
        asks_all = not ties and i < 100
        answers = apart(
            lambda: {
                "beir": beir(qrels, run),
                **({} if CoirRetrieval is None else {"coir": beir(qrels, run, CoirRetrieval)}),
                "trec": trec(qrels, run),
                **({"ir": ir(qrels, run, i < 20)} if asks_all else {}),
            }
        )
        if answers is None:
            print(f"case {i}: no answer", file=sys.stderr)
            continue
        line.update(answers)
        if asks_all:
            line["ranx"] = ranx_values(qrels, run)
        print(json.dumps(line, ensure_ascii=False), flush=True)


main(int(sys.argv[1]), int(sys.argv[2]))
