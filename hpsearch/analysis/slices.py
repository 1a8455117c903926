"""The values of a study's trials along one parameter."""

from dataclasses import dataclass

import numpy as np

from hpsearch.analysis.columns import objective_columns, parameter_column
from hpsearch.analysis.table import Floats, Places, Table
from hpsearch.analysis.thinning import MOST, thinned


@dataclass(frozen=True, slots=True)
class Slice:
    """The points of a scatter plot, a row a trial in the order of their numbers, all of shape (points,).

    `x` is the parameter's number (the place of a category), `y` the value in the objective's own direction, `state` a place in
    STATES: of a pruned trial `y` is the value at the decision. `of` is how many points there were before thinning.
    """

    number: Places
    x: Floats
    y: Floats
    state: Places
    of: int


def slice_of(table: Table, parameter: str, objective: int = 0, *, most: int = MOST) -> Slice:
    """The trials where the parameter is active and that have a finite value; thinned to at most `most` (see thinning.thinned).

    Raises InvalidInput for a parameter or an objective that is not there, or `most` below 1.
    """
    x = parameter_column(table, parameter)
    y, costs = objective_columns(table, objective)
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    shown = rows[thinned(rows, costs[rows], most, x[rows], y[rows])]
    return Slice(shown, x[shown], y[shown], table.state[shown], len(rows))
