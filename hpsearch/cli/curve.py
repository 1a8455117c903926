"""A curve in the terminal. Forty lines of our own: the libraries that draw more would double what the light client installs."""

from collections.abc import Iterator, Sequence
from math import isfinite

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bits of a braille character's dots by row and column (Unicode block U+2800)."""


def plot(points: Sequence[tuple[int, float]], width: int = 60, height: int = 8) -> list[str]:
    """Lines that draw `points` (step, value), steps ascending; values that are not finite leave a gap.

    width, height: the drawing in characters, labels and axis not counted. Empty where no value is finite.
    """
    finite = [value for _, value in points if isfinite(value)]
    if not finite:
        return []
    low, high = min(finite), max(finite)
    first, last = points[0][0], points[-1][0]
    columns, rows = width * 2 - 1, height * 4 - 1

    def place(step: int, value: float) -> tuple[int, int]:
        # Halves keep the differences of very large values finite.
        x = (step - first) / (last - first) if last > first else 0.0
        y = (value / 2 - low / 2) / (high / 2 - low / 2) if high / 2 > low / 2 else 0.5
        return round(x * columns), round((1 - y) * rows)

    cells = [[0x2800] * width for _ in range(height)]
    previous: tuple[int, int] | None = None
    for step, value in points:
        here = place(step, value) if isfinite(value) else None
        for x, y in _line(previous or here, here) if here else ():
            cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
        previous = here
    labels = {0: f"{high:.4g}", height - 1: f"{low:.4g}"} if high > low else {height // 2: f"{low:.4g}"}
    margin = max(map(len, labels.values()))
    drawn = [
        f"{labels.get(y, ''):>{margin}} ┤{''.join(map(chr, row)).rstrip(chr(0x2800))}" for y, row in enumerate(cells)
    ]
    steps = f"{first}{last:>{max(width - len(str(first)), 1)}}" if last > first else str(first)
    return [*drawn, f"{'':>{margin}} └{'─' * width}", f"{'':>{margin}}  {steps}"]


def _line(start: tuple[int, int] | None, end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots from one place to another."""
    (x, y), (to_x, to_y) = start or end, end
    length = max(abs(to_x - x), abs(to_y - y), 1)
    for part in range(length + 1):
        yield round(x + (to_x - x) * part / length), round(y + (to_y - y) * part / length)
