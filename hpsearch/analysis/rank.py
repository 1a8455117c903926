"""The ranks of a study's values over two parameters: a picture that outliers do not spoil."""

from dataclasses import dataclass

import numpy as np

from hpsearch.analysis.columns import objective_columns, parameter_column
from hpsearch.analysis.table import Floats, Places, Table
from hpsearch.analysis.thinning import MOST, thinned


@dataclass(frozen=True, slots=True)
class Ranks:
    """The points of a scatter plot, a row a trial in the order of their numbers, all of shape (points,).

    `x` and `y` are the parameters' numbers (the places of categories), `value` is the objective's, `rank` that value's rank: 0 for
    the least of the study, 1 for the greatest. `of` is how many points there were before thinning.
    """

    number: Places
    x: Floats
    y: Floats
    value: Floats
    rank: Floats
    of: int


def ranks(table: Table, x: str, y: str, objective: int = 0, *, most: int = MOST) -> Ranks:
    """The completed trials where both parameters are active; thinned to at most `most` (see thinning.thinned).

    As Optuna's plot_rank: a value is ranked among those of all completed trials, equal values share the mean of their ranks, and a
    single trial has 0.5. Infinite values are ranked; NaN is left out.

    Raises InvalidInput for a parameter or an objective that is not there, or `most` below 1.
    """
    xs, ys = parameter_column(table, x, "x"), parameter_column(table, y, "y")
    values, costs = objective_columns(table, objective)
    known = np.flatnonzero(~np.isnan(costs))
    rank = np.full(len(table), np.nan)
    rank[known] = _shares(values[known])
    rows = known[np.isfinite(xs[known]) & np.isfinite(ys[known])]
    shown = rows[thinned(rows, costs[rows], most, xs[rows], ys[rows])]
    return Ranks(shown, xs[shown], ys[shown], values[shown], rank[shown], len(rows))


def _shares(values: Floats) -> Floats:
    """The mean rank of each value among all, from 0 to 1."""
    if len(values) == 1:
        return np.array([0.5])
    ordered = np.sort(values)
    below, upto = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    shares: Floats = (below + upto - 1) / 2 / (len(values) - 1)
    return shares
