"""An index of bm25s, the formula that Lucene has."""

import bm25s


def prepare(data):
    documents = data["documents"]

    def run():
        index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        index.index(documents, show_progress=False)
        return index

    return run, lambda index: [index.scores["num_docs"]]
