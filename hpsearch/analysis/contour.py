"""The landscape of a study's values over two parameters."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from hpsearch.analysis.axis import Axis, axis
from hpsearch.analysis.columns import objective_columns
from hpsearch.analysis.table import Floats, Places, Table
from hpsearch.analysis.thinning import MOST, thinned
from hpsearch.errors import InvalidInput

WIDEST = 0.1
"""The greatest bandwidth, as a share of an axis."""
NEAR = 2.0
"""Bandwidths from the nearest trial within which a value is estimated."""


@dataclass(frozen=True, slots=True)
class Contour:
    """Estimated values on a grid, and the trials behind them.

    `values` is of shape (cells of y, cells of x), NaN where no trial is near. `bandwidth` is the kernel's, as a share of an axis. The
    trials are rows in the order of their numbers, of shape (points,): `trial_x` and `trial_y` in the parameters' numbers (the
    places of categories), `trial_value` in the objective's own direction. `of` is how many there were before thinning.
    """

    x: Axis
    y: Axis
    values: Floats
    bandwidth: float
    number: Places
    trial_x: Floats
    trial_y: Floats
    trial_value: Floats
    of: int


def contour(table: Table, x: str, y: str, objective: int = 0, *, cells: int = 50, most: int = MOST) -> Contour:
    """The landscape from the n completed trials with a finite value where both parameters are active.

    An estimate is the mean of the trials' values, weighted by a normal kernel of their distance (Nadaraya, 1964; Watson, 1964), on
    axes of length 1 in the parameters' own scales; each trial counts at the centre of its cell. The bandwidth is Scott's for n
    points that are spread evenly over two axes, n^(-1/6) / sqrt(12), at most WIDEST. Categories lend each other nothing. A cell
    without a trial within NEAR bandwidths along both axes has no estimate.

    Raises InvalidInput for a parameter or an objective that is not there, `cells` below 2, or `most` below 1.
    """
    if cells < 2:
        raise InvalidInput.at("cells", f"must be at least 2, got {cells}")
    across, up = axis(table, x, cells, "x"), axis(table, y, cells, "y")
    xs, ys = table.params[x], table.params[y]
    values, costs = objective_columns(table, objective)
    rows = np.flatnonzero(np.isfinite(costs) & np.isfinite(xs) & np.isfinite(ys))
    bandwidth = min(max(1, len(rows)) ** (-1 / 6) / sqrt(12), WIDEST)
    grid = _estimates(across, up, xs[rows], ys[rows], values[rows], bandwidth)
    shown = rows[thinned(rows, costs[rows], most, xs[rows], ys[rows], values[rows])]
    return Contour(across, up, grid, bandwidth, shown, xs[shown], ys[shown], values[shown], len(rows))


def _estimates(across: Axis, up: Axis, xs: Floats, ys: Floats, values: Floats, bandwidth: float) -> Floats:
    """The weighted means, of shape (cells of y, cells of x)."""
    shape = len(up.centres), len(across.centres)
    estimates = np.full(shape, np.nan)
    if not len(values):
        return estimates
    cell = up.cells(ys) * shape[1] + across.cells(xs)
    scale = max(np.abs(values).max(), np.finfo(np.float64).tiny)  # sums of huge values would overflow
    count = np.bincount(cell, minlength=estimates.size).reshape(shape)
    total = np.bincount(cell, values / scale, minlength=estimates.size).reshape(shape)
    apart_x, apart_y = _distances(across, bandwidth), _distances(up, bandwidth)
    near_x, near_y = (1.0 * (apart <= NEAR) for apart in (apart_x, apart_y))
    kernel_x, kernel_y = (np.exp(-0.5 * apart**2) for apart in (apart_x, apart_y))
    near = near_y @ (count > 0) @ near_x > 0
    mean = (kernel_y @ total @ kernel_x)[near] / (kernel_y @ count @ kernel_x)[near]
    estimates[near] = np.clip(np.clip(mean, -1.0, 1.0) * scale, values.min(), values.max())  # rounding goes beyond
    return estimates


def _distances(axis: Axis, bandwidth: float) -> Floats:
    """Of each cell from each, in bandwidths; infinite between categories."""
    if not axis.is_ordered:
        return np.where(np.eye(len(axis.centres), dtype=bool), 0.0, np.inf)
    units = axis.units(axis.centres)
    distances: Floats = np.abs(units[:, np.newaxis] - units) / bandwidth
    return distances
