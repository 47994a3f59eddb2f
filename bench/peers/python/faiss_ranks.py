"""Ranks among the first 1,000 of faiss's flat index; the index is built before."""

import os

import faiss
import numpy

BLOCK = 2048


def prepare(data):
    faiss.omp_set_num_threads(os.cpu_count())
    queries, corpus = (data[name].reshape(-1, data["columns"]) for name in ("queries", "corpus"))
    index = faiss.IndexFlatIP(data["columns"])
    index.add(corpus)

    def run():
        reciprocal = numpy.zeros(len(queries))
        for start in range(0, len(queries), BLOCK):
            _, found = index.search(queries[start : start + BLOCK], min(1000, len(corpus)))
            hit = found == numpy.arange(start, start + len(found))[:, None]
            reciprocal[start : start + BLOCK] = numpy.where(hit.any(1), 1 / (hit.argmax(1) + 1), 0)
        return reciprocal

    return run, lambda reciprocal: [reciprocal.mean()]
