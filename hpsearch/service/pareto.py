"""The Pareto front of several objectives."""

from collections.abc import Sequence

from hpsearch.storage.codec import number_from_json
from hpsearch.study import Direction


def front(trials: Sequence[tuple[int, Sequence[float | str]]], directions: Sequence[Direction]) -> list[int]:
    """The numbers of the trials that no other dominates: at least as good everywhere, and better somewhere."""
    signs = [1.0 if direction is Direction.MINIMIZE else -1.0 for direction in directions]
    costs = sorted(
        (tuple(sign * number_from_json(value) for sign, value in zip(signs, values, strict=True)), number)
        for number, values in trials
    )
    kept: list[tuple[tuple[float, ...], int]] = []
    for cost, number in costs:  # sorted, so only an earlier one can dominate
        if not any(_dominates(other, cost) for other, _ in kept):
            kept.append((cost, number))
    return sorted(number for _, number in kept)


def _dominates(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))
