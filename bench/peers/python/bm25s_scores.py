"""Scores of bm25s for every document."""

import bm25s


def prepare(data):
    index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    index.index(data["documents"], show_progress=False)

    def run():
        return [index.get_scores(query) for query in data["queries"]]

    return run, lambda scores: [row.max() / row.sum() for row in scores]
