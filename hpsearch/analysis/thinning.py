"""Fewer points for the same picture. What stays is a function of the points alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.analysis.table import Floats, Places
from hpsearch.errors import InvalidInput

MOST = 2000
"""Points of a chart unless the caller says otherwise."""
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio: multiples of it, modulo 2**64, spread evenly (Knuth, TAOCP 3, section 6.4)."""


def thinned(numbers: Places, costs: Floats, most: int, *coordinates: Floats) -> Places:
    """The places of at most `most` points of a cloud, in order; all columns are of shape (points,).

    What stays, as far as there is room: the tenth of `most` with the least costs (NaN: never; of equals the first), the least and
    the greatest of each coordinate (infinities do not count), and then trials in an order that their numbers give. So a trial
    more changes little in the picture, and points that repeat with a period, as a grid's do, stay in proportion.

    Raises InvalidInput when `most` is below 1.
    """
    _check(most, 1)
    if len(numbers) <= most:
        return np.arange(len(numbers))
    scattered = _least(numbers.astype(np.uint64) * GOLDEN, most)
    wanted = [_least(costs, max(1, most // 10)), *(_extremes(column) for column in coordinates), scattered]
    places = np.concatenate(wanted)
    _, first = np.unique(places, return_index=True)
    return np.sort(places[np.sort(first)][:most])


def downsample(x: Floats, y: Floats, most: int) -> Places:
    """The places of at most `most` points of a curve, in order; both columns are of shape (points,), `x` finite and never falling.

    The first and the last point stay, and of each of equal intervals of x the first least and the first greatest y (the min-max
    half of M4: Jugel et al., VLDB 2014), so that no spike is lost. Of the ways to choose one point an interval that Steinarsson
    compares (Downsampling Time Series for Visual Representation, 2013), none keeps all extremes. Where y is NaN throughout an
    interval, one NaN stays: a gap remains a gap.

    Raises InvalidInput when `most` is below 4.
    """
    _check(most, 4)
    if len(x) <= most:
        return np.arange(len(x))
    inner = spaced(x[0], x[-1], (most - 2) // 2 + 1)[1:-1]
    interval = np.searchsorted(inner, x, side="right")
    starts = np.flatnonzero(np.diff(interval, prepend=-1))
    missing = np.isnan(y)
    least = _first_least(np.where(missing, np.inf, y), starts)
    greatest = _first_least(np.where(missing, np.inf, -y), starts)
    return np.unique(np.concatenate([[0, len(x) - 1], least, greatest]))


def evenly(count: int, most: int) -> Places:
    """At most `most` of the places 0..count-1 at even distances, in order, the first and (from two) the last among them.

    Raises InvalidInput when `most` is below 1.
    """
    _check(most, 1)
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


def spaced(low: float, high: float, count: int) -> Floats:
    """`count` >= 2 numbers at even distances from `low` to `high`, both exact; the range itself may be beyond the largest number."""
    share = np.linspace(0.0, 1.0, count)
    numbers: Floats = low * (1.0 - share) + high * share
    return numbers


def _least(column: NDArray[Any], count: int) -> Places:
    """The places of the `count` least numbers, rising, of equals the first; NaN is none. Sorts what it needs and no more."""
    last = np.partition(column, count - 1)[count - 1]
    places = np.flatnonzero(column <= last if last == last else column == column)
    return places[np.argsort(column[places], kind="stable")][:count]


def _extremes(column: Floats) -> Places:
    finite = np.flatnonzero(np.isfinite(column))
    if not len(finite):
        return finite
    return finite[[column[finite].argmin(), column[finite].argmax()]]


def _first_least(y: Floats, starts: Places) -> Places:
    """The first place of the least number of each run, given where the runs start."""
    least = np.repeat(np.minimum.reduceat(y, starts), np.diff(starts, append=len(y)))
    met = np.flatnonzero(y == least)
    return met[np.searchsorted(met, starts)]


def _check(most: int, least: int) -> None:
    if most < least:
        raise InvalidInput.at("most", f"must be at least {least}, got {most}")
