"""sentence-transformers on a folder and texts: it sorts by length too."""

import os

import torch
from sentence_transformers import SentenceTransformer


def prepare(data):
    torch.set_num_threads(os.cpu_count())
    model = SentenceTransformer(data["folder"], device="cpu")
    texts = list(data["texts"])

    def run():
        return model.encode(texts, batch_size=32, show_progress_bar=False)

    return run, lambda rows: rows[0].tolist()
