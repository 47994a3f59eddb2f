"""SciPy's paired permutation test of the mean difference."""

import numpy
from scipy.stats import permutation_test


def prepare(data):
    samples = (data["a"], data["b"])

    def difference(a, b, axis):
        return numpy.mean(a, axis=axis) - numpy.mean(b, axis=axis)

    def run():
        return permutation_test(
            samples, difference, permutation_type="samples", vectorized=True, n_resamples=1000, batch=100, rng=1
        )

    return run, lambda result: [result.statistic]
