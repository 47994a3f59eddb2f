"""Times the losses of sentence-transformers on PyTorch, value and gradient: rows of JSON for losses.ts.

usage: losses-torch.py SIZES [THREADS]      SIZES such as 64,512,4096
"""

import json
import resource
import sys
import time
from importlib import import_module

import torch
import sentence_transformers
from sentence_transformers.sentence_transformer import losses

sizes = [int(size) for size in sys.argv[1].split(",")]
if len(sys.argv) > 2:
    torch.set_num_threads(int(sys.argv[2]))


class Model(torch.nn.Module):
    """Stands for an encoder: the embeddings are given."""


def median_ms(run):
    run()
    times = []
    begin = time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - begin < 1 and len(times) < 200):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)[len(times) // 2]


def report(name, size, ms):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"name": name, "size": size, "ms": ms, "processMiB": peak}), flush=True)


print(json.dumps({"torch": torch.__version__, "sentence-transformers": sentence_transformers.__version__,
                  "threads": torch.get_num_threads()}), flush=True)
for size in sizes:
    scores = (torch.rand(size) * 2 - 1).requires_grad_()
    labels = torch.round(torch.rand(size), decimals=3)
    cosent = losses.CoSENTLoss(Model(), similarity_fct=lambda a, b: a)

    def order():
        scores.grad = None
        cosent.compute_loss_from_embeddings([scores, None], labels).backward()

    report("CoSENTLoss", size, median_ms(order))
for rows in (64, 640, 2048):
    queries = torch.randn(rows, 128, requires_grad=True)
    documents = torch.randn(rows, 128, requires_grad=True)
    ranking = losses.MultipleNegativesRankingLoss(Model())

    def contrast():
        queries.grad = documents.grad = None
        ranking.compute_loss_from_embeddings([queries, documents], None).backward()

    report("MultipleNegativesRankingLoss", rows, median_ms(contrast))
