"""Golden values for multidimensional scaling, from scikit-learn, scipy and numpy.

Run: python test/report/golden/mds.py > test/report/golden/mds.golden.json
"""

import json
import sys

import numpy as np
import scipy
import sklearn
from scipy.linalg import eigh, orthogonal_procrustes
from scipy.spatial.distance import pdist, squareform
from sklearn.manifold import smacof

rng = np.random.default_rng(3)
points = rng.standard_normal((12, 5)).astype(np.float32)


def classical(distances, dimensions):
    n = len(distances)
    centring = np.eye(n) - 1 / n
    values, vectors = eigh(-0.5 * centring @ distances**2 @ centring)
    values, vectors = values[::-1], vectors[:, ::-1]
    return values, vectors[:, :dimensions] * np.sqrt(values[:dimensions])


def normalized(distances, coordinates):
    """Over the given distances, not over those of the map as in scikit-learn's Stress-1."""
    given = squareform(distances, checks=False)
    return float(np.sqrt(((pdist(coordinates) - given) ** 2).sum() / (given**2).sum()))


def case(metric):
    distances = squareform(pdist(points.astype(np.float64), metric))
    values, coordinates = classical(distances, 2)
    start = np.random.default_rng(5).standard_normal((12, 2))
    refined = smacof(distances, init=start, n_init=1, max_iter=20000, eps=1e-16, normalized_stress=False)[0]
    one = smacof(distances, init=start, n_init=1, max_iter=1, eps=0.0, normalized_stress=False)[0]
    return {
        "metric": metric,
        "distances": distances.ravel().tolist(),
        "eigenvalues": values.tolist(),
        "mapDistances": pdist(coordinates).tolist(),
        "explained": float(values[:2].sum() / np.abs(values).sum()),
        "stress": normalized(distances, coordinates),
        "start": start.ravel().tolist(),
        "smacofOneStep": one.ravel().tolist(),
        "smacofDistances": pdist(refined).tolist(),
        "smacofStress": normalized(distances, refined),
    }


source = rng.standard_normal((7, 2))
target = rng.standard_normal((7, 2))
centred = source - source.mean(0)
onto = target - target.mean(0)
rotation, scale = orthogonal_procrustes(centred, onto)
moved = centred @ rotation + target.mean(0)
scaled = centred @ rotation * (scale / (centred**2).sum()) + target.mean(0)

json.dump(
    {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "rows": 12,
        "columns": 5,
        "points": points.ravel().tolist(),
        "cases": [case("cosine"), case("euclidean")],
        "procrustes": {
            "source": source.ravel().tolist(),
            "target": target.ravel().tolist(),
            "moved": moved.ravel().tolist(),
            "scaled": scaled.ravel().tolist(),
            "scale": float(scale / (centred**2).sum()),
        },
    },
    sys.stdout,
    indent=1,
)
