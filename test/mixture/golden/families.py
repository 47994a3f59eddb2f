"""Writes families.golden.json: the best mean log-likelihood that scikit-learn finds, by family, size and components.

Run: python test/mixture/golden/families.py [size [components [family...]]] (scikit-learn 1.9, numpy 2).
A million scores take half a minute a fit, so each is written when it is done, and an interrupted run resumes where it left off;
remove the rows to be fitted anew.
The draws are those of test/mixture/draw-family.ts: mulberry32 by counter, inverse and Box-Muller transforms.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

HERE = pathlib.Path(__file__).parent
SIZES = [50, 200, 1_000, 10_000, 100_000, 1_000_000]
GOLDEN = HERE / "families.golden.json"
CHUNK = 8_192


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


class ChunkedMixture(GaussianMixture):
    """scikit-learn's own fit of one-dimensional scores, with both steps computed a cacheful at a time: ten times as fast.

    Starts, rounds, and when they end are scikit-learn's; sums differ from its by their rounding alone.
    """

    def _e_step(self, X, xp=None):
        x = X[:, 0]
        log_norms = np.log(self.weights_) + np.log(self.precisions_cholesky_[:, 0, 0]) - 0.5 * np.log(2 * np.pi)
        self.shares = np.empty((self.n_components, len(x)))
        total = 0.0
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            shares = self.shares[:, part]
            for j in range(self.n_components):
                scaled = (x[part] - self.means_[j, 0]) * self.precisions_cholesky_[j, 0, 0]
                shares[j] = log_norms[j] - 0.5 * scaled * scaled
            largest = shares.max(axis=0)
            np.exp(np.subtract(shares, largest, out=shares), out=shares)
            sums = shares.sum(axis=0)
            shares /= sums
            total += (largest + np.log(sums)).sum()
        return total / len(x), self.shares.T

    def _m_step(self, X, log_resp, xp=None):
        x = X[:, 0]
        sums = np.zeros((self.n_components, 2))
        parts = [slice(start, start + CHUNK) for start in range(0, len(x), CHUNK)]
        for part in parts:
            sums[:, 0] += self.shares[:, part].sum(axis=1)
            sums[:, 1] += self.shares[:, part] @ x[part]
        counts = sums[:, 0] + 10 * np.finfo(float).eps
        means = sums[:, 1] / counts
        squares = np.zeros(self.n_components)
        for part in parts:
            for j in range(self.n_components):
                centered = x[part] - means[j]
                squares[j] += (self.shares[j, part] * centered) @ centered
        self.weights_ = counts / counts.sum()
        self.means_ = means[:, None]
        self.covariances_ = (squares / counts + self.reg_covar)[:, None, None]
        self.precisions_cholesky_ = 1 / np.sqrt(self.covariances_)


def best(scores, k):
    """The best of ten starts after a few hundred rounds, then run to its end unless a round takes too long."""
    x = scores[:, None]
    if len(scores) > 100_000:
        found = ChunkedMixture(k, n_init=10, random_state=0).fit(x)
        return float(found.score(x))
    # A round gains less than a millionth long before a start has shown what it is worth, and costs more the more
    # scores there are: beyond some thousands the starts stop where scikit-learn stops by default.
    brief = {"tol": 1e-6, "max_iter": 300} if len(scores) <= 1_000 else {}
    found = GaussianMixture(k, n_init=10, random_state=0, **brief).fit(x)
    model = GaussianMixture(
        k,
        tol=1e-10 if len(scores) <= 1_000 else 1e-8,
        max_iter=3000,
        weights_init=found.weights_ / found.weights_.sum(),
        means_init=found.means_,
        precisions_init=found.precisions_,
    ).fit(x)
    return max(float(model.score(x)), float(found.score(x)))


def write(rows):
    rows = sorted(rows, key=lambda row: (row["count"], row["family"], row["components"]))
    GOLDEN.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def main():
    warnings.filterwarnings("ignore")
    sizes = [int(sys.argv[1])] if len(sys.argv) > 1 else SIZES
    families = json.loads((HERE / "families.json").read_text())
    rows = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else []
    known = {(row["family"], row["count"], row["components"]) for row in rows}
    for count in sizes:
        components = [int(sys.argv[2])] if len(sys.argv) > 2 else [2, 3]
        for i, family in enumerate(families):
            if len(sys.argv) > 3 and str(i) not in sys.argv[3:]:
                continue
            wanted = [k for k in components if (i, count, k) not in known]
            if not wanted:
                continue
            seed = 1000 * i + len(str(count))
            scores = draw(family["parts"], seed, count)
            for k in wanted:
                row = {"family": i, "seed": seed, "count": count, "components": k}
                row["checksum"] = float(scores.sum())
                row["meanLogLikelihood"] = best(scores, k)
                rows.append(row)
                write(rows)
                print(family["name"], row, file=sys.stderr, flush=True)


main()
