"""Writes mixture.golden.json: Gaussian mixtures by scikit-learn, beta mixtures by EM on scipy.optimize.

Run: python test/mixture/golden/mixture.py (scikit-learn 1.9, scipy 1.17, numpy 2)
"""

import json
import pathlib

import numpy as np
import scipy.special as sp
from scipy.optimize import root
from sklearn.mixture import GaussianMixture

OLD_FAITHFUL = [
    3.600, 1.800, 3.333, 2.283, 4.533, 2.883, 4.700, 3.600, 1.950, 4.350, 1.833, 3.917, 4.200, 1.750, 4.700,
    2.167, 1.750, 4.800, 1.600, 4.250, 1.800, 1.750, 3.450, 3.067, 4.533, 3.600, 1.967, 4.083, 3.850, 4.433,
    4.300, 4.467, 3.367, 4.033, 3.833, 2.017, 1.867, 4.833, 1.833, 4.783, 4.350, 1.883, 4.567, 1.750, 4.533,
    3.317, 3.833, 2.100, 4.633, 2.000,
]


def sklearn_fit(scores, k, tolerance):
    model = GaussianMixture(
        k, tol=tolerance, max_iter=100000, reg_covar=0, n_init=5, random_state=0, init_params="kmeans"
    )
    x = np.asarray(scores, float)[:, None]
    model.fit(x)
    order = np.argsort(model.means_[:, 0])
    return {
        "components": k,
        "tolerance": tolerance,
        "weights": model.weights_[order].tolist(),
        "means": model.means_[order, 0].tolist(),
        "variances": model.covariances_[order, 0, 0].tolist(),
        "meanLogLikelihood": float(model.score(x)),
        "bic": float(model.bic(x)),
    }


def sklearn_from(scores, start, tolerance):
    """Same start, same tolerance, same stopping rule: the same path, so the same iterations."""
    model = GaussianMixture(
        len(start["weights"]),
        tol=tolerance,
        max_iter=100000,
        reg_covar=0,
        weights_init=start["weights"],
        means_init=np.array(start["means"])[:, None],
        precisions_init=1 / np.array(start["variances"])[:, None, None],
    )
    x = np.asarray(scores, float)[:, None]
    model.fit(x)
    return {
        "start": start,
        "tolerance": tolerance,
        "weights": model.weights_.tolist(),
        "means": model.means_[:, 0].tolist(),
        "variances": model.covariances_[:, 0, 0].tolist(),
        "iterations": int(model.n_iter_),
    }


def beta_fit(scores, weights, alphas, betas, rounds=20000):
    x = np.asarray(scores, float)
    w, a, b = (np.array(v, float) for v in (weights, alphas, betas))
    lx, ly = np.log(x), np.log1p(-x)
    previous = -np.inf
    for _ in range(rounds):
        logs = np.log(w) - sp.betaln(a, b) + np.outer(lx, a - 1) + np.outer(ly, b - 1)
        norm = sp.logsumexp(logs, axis=1)
        r = np.exp(logs - norm[:, None])
        for j in range(len(w)):
            g, h = (r[:, j] @ lx) / r[:, j].sum(), (r[:, j] @ ly) / r[:, j].sum()

            def equations(p):
                s, t = np.exp(p)
                return [sp.digamma(s) - sp.digamma(s + t) - g, sp.digamma(t) - sp.digamma(s + t) - h]

            a[j], b[j] = np.exp(root(equations, np.log([a[j], b[j]]), tol=1e-14).x)
        w = r.mean(axis=0)
        if abs(norm.mean() - previous) < 1e-14:
            break
        previous = norm.mean()
    return {"weights": w.tolist(), "alphas": a.tolist(), "betas": b.tolist(), "meanLogLikelihood": float(norm.mean())}


rng = np.random.default_rng(7)
two = np.where(rng.random(600) < 0.75, rng.normal(0.32, 0.08, 600), rng.normal(0.62, 0.06, 600)).clip(0.001, 0.999)
three = np.concatenate([rng.normal(0.2, 0.04, 300), rng.normal(0.5, 0.05, 200), rng.normal(0.8, 0.03, 100)])
skewed = np.where(rng.random(800) < 0.8, rng.beta(2, 9, 800), rng.beta(12, 5, 800))
two, three, skewed = (np.round(v, 6).tolist() for v in (two, three, skewed))
points = [1e-3, 0.05, 0.5, 1.0, 1.5, 3.7, 9.99, 10.0, 42.5, 1e3, 1e6]

golden = {
    "oldFaithful": {"scores": OLD_FAITHFUL, "fits": [sklearn_fit(OLD_FAITHFUL, k, 1e-10) for k in (1, 2)]},
    "two": {"scores": two, "fits": [sklearn_fit(two, k, 1e-13) for k in (1, 2)]},
    "three": {"scores": three, "fits": [sklearn_fit(three, 3, 1e-13)]},
    "samePath": [
        sklearn_from(two, {"weights": [0.5, 0.5], "means": [0.2, 0.7], "variances": [0.01, 0.02]}, tol)
        for tol in (1e-3, 1e-6, 1e-8)
    ],
    "beta": {"scores": skewed, "fit": beta_fit(skewed, [0.5, 0.5], [2, 8], [8, 2])},
    "gamma": {
        "x": points,
        "logGamma": sp.gammaln(points).tolist(),
        "digamma": sp.digamma(points).tolist(),
        "trigamma": sp.polygamma(1, points).tolist(),
    },
}
path = pathlib.Path(__file__).with_name("mixture.golden.json")
path.write_text(json.dumps(golden) + "\n")
print({k: v["fits"] for k, v in golden.items() if "fits" in v}, golden["samePath"], golden["beta"]["fit"])
