"""How a search went: its values in the order they came, and the best so far."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpsearch.analysis.columns import objective_columns
from hpsearch.analysis.table import Floats, Places, Table
from hpsearch.analysis.thinning import MOST, thinned
from hpsearch.trial import FINAL


class Against(StrEnum):
    """What a history is drawn against; a trial stands where it was over."""

    NUMBER = "number"  # the trial's number
    SECONDS = "seconds"  # since the first start of a trial of the study
    DEVICE_SECONDS = "device_seconds"  # of all trials that were over by then


@dataclass(frozen=True, slots=True)
class Line:
    """A line of steps: from `x[i]` on it is at `y[i]`. Both are of shape (points,), `x` never falls."""

    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True)
class History:
    """The trials with a finite value, a row each in the order of their numbers, of shape (points,), and the best of them so far.

    `x` is in the unit of what it is drawn against, `y` the value in the objective's own direction, `state` a place in STATES: of a
    pruned trial `y` is the value at the decision. `of` is how many trials there were before thinning. `best` has a point for each
    improvement, all of them, and one where the last trial was over; it is empty while none has completed.
    """

    number: Places
    x: Floats
    y: Floats
    state: Places
    of: int
    best: Line


def history(table: Table, objective: int = 0, *, against: Against = Against.NUMBER, most: int = MOST) -> History:
    """The history of a study. Trials are thinned to at most `most` (see thinning.thinned), `best` never: pruned ones are not in it.

    Raises InvalidInput for an objective that is not there, or `most` below 1.
    """
    x = _positions(table, against)
    y, costs = objective_columns(table, objective)
    placed = np.isfinite(x)
    rows = np.flatnonzero(placed & np.isfinite(y))
    shown = rows[thinned(rows, costs[rows], most, x[rows], y[rows])]
    over = np.flatnonzero(placed)
    over = over[np.argsort(x[over], kind="stable")]
    return History(shown, x[shown], y[shown], table.state[shown], len(rows), _best(x[over], y[over], costs[over]))


def _positions(table: Table, against: Against) -> Floats:
    """Where each trial stands; NaN where it is not over."""
    final = table.are(*FINAL)
    if against is Against.NUMBER:
        return np.where(final, np.arange(len(table)), np.nan)
    finished = np.where(final & np.isfinite(table.finished), table.finished, np.nan)
    if against is Against.SECONDS:
        return finished - float(table.started[np.isfinite(table.started)].min(initial=np.inf))
    order = np.argsort(finished, kind="stable")  # NaN last
    spent = np.where(np.isfinite(table.device_seconds), table.device_seconds, 0.0)
    positions = np.empty(len(table))
    with np.errstate(over="ignore"):  # an infinite sum is left out below
        positions[order] = np.cumsum(spent[order])
    return np.where(np.isnan(finished), np.nan, positions)


def _best(x: Floats, y: Floats, costs: Floats) -> Line:
    """The line over trials in the order in which they were over."""
    costs = np.where(np.isfinite(costs), costs, np.inf)
    before = np.minimum.accumulate(np.append(np.inf, costs))[:-1]
    improved = np.flatnonzero(costs < before)
    if not len(improved):
        return Line(np.empty(0), np.empty(0))
    line = Line(x[improved], y[improved])
    if x[-1] > line.x[-1]:
        line = Line(np.append(line.x, x[-1]), np.append(line.y, line.y[-1]))
    return line
