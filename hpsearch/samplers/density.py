"""The log density of a Parzen mixture, as Optuna defines it, for few points and many kernels.

Optuna's own `log_pdf` walks some fifteen times over an array of points x kernels x parameters. The exponent of a product of normal
distributions is a quadratic form, so one matrix product over the parameters gives it for all points and kernels at once: at
10,000 kernels and 10 parameters 5 ms instead of 31. Equal to Optuna's within rounding (1e-11), for whole numbers to 1e-4.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.samplers._tpe import _truncnorm
from optuna.samplers._tpe._erf import erf
from optuna.samplers._tpe.probability_distributions import (
    _BatchedCategoricalDistributions,
    _MixtureOfProductDistribution,
    _unique_inverse_2d,
)

Floats = NDArray[np.float64]

FAR = 6.0
"""Standard deviations beyond which the error function no longer tells two numbers apart."""
SERIAL = 262_144
"""Multiplications up to which OpenBLAS computes a matrix product in the calling thread."""
BLOCK = 4096
"""Kernels computed at a time: temporary arrays of this size stay in the cache."""


def log_density(mixture: _MixtureOfProductDistribution, points: Floats) -> Floats:
    """The log density at each point, a row a point and a column a parameter of the mixture."""
    logs = np.tile(np.log(mixture.weights), (len(points), 1))
    continuous: list[tuple[Any, Floats]] = []
    for column, kernels in zip(points.T, mixture.distributions, strict=True):
        if isinstance(kernels, _BatchedCategoricalDistributions):
            logs += _categories(kernels.weights, column)
        elif kernels.step:
            logs += _steps(kernels, column)
        else:
            continuous.append((kernels, np.log(column) if kernels.is_log else column))
    if continuous:
        _add_normals(continuous, logs)
    top = logs.max(axis=1)
    logs -= top[:, np.newaxis]
    np.exp(logs, out=logs)
    total: Floats = np.log(logs.sum(axis=1)) + top
    return total


def _categories(weights: Floats, column: Floats) -> Floats:
    met, which = np.unique(column.astype(np.int64), return_inverse=True)
    logs: Floats = np.log(weights[:, met]).T[which]
    return logs


def _steps(kernels: Any, column: Floats) -> Floats:
    """Log masses of the steps' intervals; equal steps and equal kernels are computed once."""
    met, which = np.unique(column, return_inverse=True)
    means, sigmas, kernel = _unique_inverse_2d(kernels.mu, kernels.sigma)
    edges = met[:, np.newaxis] + np.array([-0.5, 0.5]) * kernels.step
    if kernels.is_log:
        edges = np.log(edges)
    mass = _log_mass((edges[:, :1] - means) / sigmas, (edges[:, 1:] - means) / sigmas)
    whole = _truncnorm._log_gauss_mass((kernels.adapted_low - means) / sigmas, (kernels.adapted_high - means) / sigmas)
    logs: Floats = (mass - whole)[np.ix_(which, kernel)]
    return logs


def _log_mass(low: Floats, high: Floats) -> Floats:
    """The log of the normal distribution's mass in intervals, to 1e-4: where Optuna calls Python for each one in a tail."""
    right = low + high > 0
    low, high = np.where(right, -high, low), np.where(right, -low, high)  # mirrored to the left, where little is lost
    root = math.sqrt(0.5)
    mass = 0.5 * (erf(high * root) - erf(low * root))
    far = high < -FAR
    logs = np.log(np.where(far, 1.0, mass))
    logs[far] = _log_tail(high[far])
    logs[far] += np.log(-np.expm1(_log_tail(low[far]) - logs[far]))
    return logs


def _log_tail(x: Floats) -> Floats:
    """The log of the mass below `x` <= -FAR: the density times Sampford's bound of Mills' ratio, which is 5e-5 above it there."""
    bound: Floats = np.log(4 / (np.sqrt(x * x + 8) - 3 * x)) - 0.5 * x * x - _truncnorm._norm_pdf_logC
    return bound


def _add_normals(continuous: Sequence[tuple[Any, Floats]], logs: Floats) -> None:
    """Adds the log densities of the products of truncated normals, with -((x - m) / s)^2 / 2 as x^2 . p + x . q + r.

    In units of the range, around its middle, all numbers are moderate, and little is lost in the differences.
    """
    low = np.array([kernels.adapted_low for kernels, _ in continuous])[:, np.newaxis]
    high = np.array([kernels.adapted_high for kernels, _ in continuous])[:, np.newaxis]
    span, middle = high - low, (low + high) / 2
    x = ((np.array([column for _, column in continuous]) - middle) / span).T
    powers = np.hstack([-0.5 * x * x, x])
    for start in range(0, logs.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        means = np.array([kernels.mu[block] for kernels, _ in continuous])
        sigmas = np.array([kernels.sigma[block] for kernels, _ in continuous])
        mass = _truncnorm._log_gauss_mass((low - means) / sigmas, (high - means) / sigmas)
        m, precision = (means - middle) / span, (span / sigmas) ** 2
        _add_product(powers, np.vstack([precision, m * precision]), logs[:, block])
        logs[:, block] -= (mass + np.log(sigmas) + 0.5 * m * m * precision + _truncnorm._norm_pdf_logC).sum(axis=0)


def _add_product(a: Floats, b: Floats, to: Floats) -> None:
    """Adds a @ b to `to`, in pieces too small for OpenBLAS to wake its threads: on busy cores they cost four times what they save."""
    width = max(1, SERIAL // a.size)
    for start in range(0, b.shape[1], width):
        piece = slice(start, start + width)
        to[:, piece] += a @ b[:, piece]
