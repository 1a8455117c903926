"""How far searches of the same kind, with other seeds, lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpsearch.analysis.history import Line
from hpsearch.analysis.table import Floats, Places
from hpsearch.analysis.thinning import MOST, evenly


@dataclass(frozen=True, slots=True)
class Spread:
    """Quartiles of several lines at each `x`, all of shape (points,); `x` rises. `lines` is how many of them had begun there."""

    x: Floats
    lower: Floats
    median: Floats
    upper: Floats
    lines: Places


def spread(lines: Sequence[Line], *, most: int = MOST) -> Spread:
    """The quartiles of lines of steps (histories' best so far), of the same unit and direction.

    The grid is where any of the lines has a point: all that differ, or `most` of them at even distances in their order. A line counts
    from its first point on, and stays at its last value: a search that is over has found what it found.

    Raises InvalidInput when `most` is below 1.
    """
    begun = [line for line in lines if len(line.x)]
    met = np.unique(np.concatenate([*(line.x for line in begun), np.empty(0)]))
    grid = met[evenly(len(met), most)]
    values = np.full((len(begun), len(grid)), np.nan)
    for row, line in zip(values, begun, strict=True):
        place = np.searchsorted(line.x, grid, side="right") - 1
        row[:] = np.where(place >= 0, line.y[place], np.nan)
    if not begun:
        return Spread(grid, grid, grid, grid, np.empty(0, np.int64))
    # Of quarters: the difference of two huge values would overflow.
    lower, median, upper = 4.0 * np.nanquantile(values / 4.0, [0.25, 0.5, 0.75], axis=0)
    return Spread(grid, lower, median, upper, np.count_nonzero(~np.isnan(values), axis=0))
