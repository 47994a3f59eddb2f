"""Fifty steps of scikit-learn's SMACOF from a given start."""

import warnings

import numpy
from sklearn.manifold import smacof

warnings.simplefilter("ignore")


def prepare(data):
    rows = data["rows"]
    distances, start = data["square"].reshape(rows, rows), data["start"].reshape(rows, 2)

    def run():
        return smacof(
            distances, n_components=2, init=start, n_init=1, max_iter=50, eps=0, normalized_stress=True, n_jobs=1
        )

    def stress(result):
        """The normalized stress of the map, as `smacof` of this project gives it."""
        points = result[0]
        mapped = numpy.linalg.norm(points[:, None] - points[None, :], axis=2)
        return [numpy.sqrt(((distances - mapped) ** 2).sum() / (distances**2).sum())]

    return run, stress
