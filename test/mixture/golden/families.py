"""Writes families.golden.json: the best mean log-likelihood that scikit-learn finds, by family, size and components.

Run: python test/mixture/golden/families.py (scikit-learn 1.9, numpy 2).
The draws are those of test/mixture/draw-family.ts: mulberry32 by counter, inverse and Box-Muller transforms.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

HERE = pathlib.Path(__file__).parent
SIZES = [50, 200, 1000]


def uniforms(seed, count):
    with np.errstate(over="ignore"):
        a = np.uint32(seed) + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        t = (a ^ (a >> np.uint32(15))) * (np.uint32(1) | a)
        t ^= t + (t ^ (t >> np.uint32(7))) * (np.uint32(61) | t)
    return ((t ^ (t >> np.uint32(14))).astype(np.float64) + 0.5) / 4294967296.0


def draw(parts, seed, count):
    u = uniforms(seed, 3 * count).reshape(count, 3)
    edges = np.cumsum([part[1] for part in parts])[:-1]
    which = np.searchsorted(edges, u[:, 0], side="right")
    normal = np.sqrt(-2 * np.log(u[:, 1])) * np.cos(2 * np.pi * u[:, 2])
    scores = np.empty(count)
    for j, (kind, _, first, second) in enumerate(parts):
        chosen = which == j
        if kind == "normal":
            scores[chosen] = first + second * normal[chosen]
        elif kind == "uniform":
            scores[chosen] = first + (second - first) * u[chosen, 1]
        elif kind == "exponential":
            scores[chosen] = first - second * np.log(u[chosen, 1])
        elif kind == "lognormal":
            scores[chosen] = np.exp(first + second * normal[chosen])
        elif kind == "square":
            scores[chosen] = (first + second * normal[chosen]) ** 2
    return scores


def best(scores, k):
    """The best of ten starts after a few hundred rounds, then run to its end."""
    x = scores[:, None]
    found = GaussianMixture(k, n_init=10, tol=1e-6, max_iter=300, random_state=0).fit(x)
    model = GaussianMixture(
        k,
        tol=1e-10,
        max_iter=3000,
        weights_init=found.weights_ / found.weights_.sum(),
        means_init=found.means_,
        precisions_init=found.precisions_,
    ).fit(x)
    return max(float(model.score(x)), float(found.score(x)))


def main():
    warnings.filterwarnings("ignore")
    families = json.loads((HERE / "families.json").read_text())
    rows = []
    cases = [(i, size) for size in SIZES for i in range(len(families))]
    for i, count in cases:
        family = families[i]
        seed = 1000 * i + len(str(count))
        scores = draw(family["parts"], seed, count)
        for k in [2, 3]:
            row = {"family": i, "seed": seed, "count": count, "components": k}
            row["checksum"] = float(scores.sum())
            row["meanLogLikelihood"] = best(scores, k)
            rows.append(row)
            print(family["name"], row, file=sys.stderr, flush=True)
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    (HERE / "families.golden.json").write_text(text)


main()
