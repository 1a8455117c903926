"""Widths rounded up, so that few programs serve many networks: a narrower network runs in its bucket, the units beyond it masked."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

DOUBLINGS = 7
"""How often a width may be doubled from layer to layer."""


def bucket(width: int, buckets: Sequence[int] | None) -> int:
    """The least of `buckets` (ascending) that holds `width`, without any the next power of two; raises IndexError above the last."""
    place = _place(width, buckets)
    return 1 << place if buckets is None else buckets[place]


def distinct(widths: Iterable[int], buckets: Sequence[int] | None) -> tuple[int, ...]:
    """One of these widths, the greatest, for each group that shares its buckets, doubled or not."""
    groups = {
        tuple(_place(width << times, buckets) for times in range(DOUBLINGS + 1)): width for width in sorted(widths)
    }
    return tuple(groups.values())


def _place(width: int, buckets: Sequence[int] | None) -> int:
    return (width - 1).bit_length() if buckets is None else bisect_left(buckets, width)
