"""SciPy's percentile bootstrap of the mean."""

import numpy
from scipy.stats import bootstrap


def prepare(data):
    def run():
        return bootstrap((data["a"],), numpy.mean, n_resamples=1000, method="percentile", batch=100, rng=1)

    return run, lambda result: list(result.confidence_interval)
