"""MultipleNegativesRankingLoss of sentence-transformers: value and gradient of given embeddings."""

import numpy
import torch
from sentence_transformers.sentence_transformer import losses


class Model(torch.nn.Module):
    """Stands for an encoder: the embeddings are given."""


def prepare(data):
    shape = (data["rows"], data["columns"])
    sides = [torch.tensor(data[name].reshape(shape)).requires_grad_() for name in ("queries", "documents")]
    loss = losses.MultipleNegativesRankingLoss(Model())

    def run():
        for side in sides:
            side.grad = None
        value = loss.compute_loss_from_embeddings(sides, None)
        value.backward()
        return value.item(), [side.grad for side in sides]

    def outcome(result):
        return [result[0], *(numpy.linalg.norm(grad.numpy().ravel()[:10_000]) for grad in result[1])]

    return run, outcome
