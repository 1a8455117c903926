"""Curves and points in the terminal. A page of our own: the libraries that draw more would double what the light client installs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hpsearch.cli.axis import Axis
from hpsearch.cli.canvas import ACROSS, DOWN, Canvas, Row

LETTER_COLUMNS = 16
"""A curve has its letter at its end, and again every so many columns."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is drawn in one style: `points` (x, y), x ascending, as a line where it is `joined`. Points that no axis holds leave a gap.

    `letter`: written over the line here and there, so that lines can be told apart without colours.
    """

    points: Sequence[tuple[float, float]]
    joined: bool = True
    style: str = ""
    letter: str = ""


def plot(points: Sequence[tuple[float, float]], width: int = 60, height: int = 8) -> list[str]:
    """Lines that draw `points` (step, value), steps ascending; values that are not finite leave a gap.

    width, height: the drawing in characters, labels and axis not counted. Empty where no value is finite.
    """
    y = Axis.of(value for _, value in points)
    if y is None:
        return []
    x = Axis(points[0][0], points[-1][0])
    return ["".join(text for text, _ in row) for row in draw([Series(points)], x, y, width, height)]


def number(value: float) -> str:
    """A place along the lower axis."""
    return str(int(value)) if value == int(value) else f"{value:.6g}"


def margin(y: Axis, height: int) -> int:
    """Columns that a drawing takes to the left of its own."""
    return max(map(len, y.labels(height).values())) + 2


def draw(
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    width: int,
    height: int,
    x_text: Callable[[float], str] = number,
) -> list[Row]:
    """The series in a frame, later ones over earlier ones; `width` and `height` are those of the drawing in characters, `x_text` writes
    the ends of the lower axis.
    """
    canvas = Canvas(width, height)
    drawn = [list(_dots(one, x, y, width * ACROSS - 1, height * DOWN - 1)) for one in series]
    for one, dots in zip(series, drawn, strict=True):
        for across, down in dots:
            canvas.dot(across, down, one.style)
    lettered = [(one, dots) for one, dots in zip(series, drawn, strict=True) if one.letter]
    for place, (one, dots) in enumerate(lettered):
        cells = list(dict.fromkeys((across // ACROSS, down // DOWN) for across, down in dots))
        _write_letter(canvas, cells, one, LETTER_COLUMNS * place // len(lettered))
    labels, left = y.labels(height), margin(y, height) - 2
    rows = [[(f"{labels.get(row, ''):>{left}} ┤", ""), *line] for row, line in enumerate(canvas.rows())]
    ends = x_text(x.low), x_text(x.high)
    below = f"{ends[0]}{ends[1]:>{max(width - len(ends[0]), 1)}}" if x.high > x.low else ends[0]
    return [*rows, [(f"{'':>{left}} └{'─' * width}", "")], [(f"{'':>{left}}  {below}", "")]]


def _write_letter(canvas: Canvas, cells: list[tuple[int, int]], one: Series, offset: int) -> None:
    """The curve's letter at its end, and again where it crosses every so many columns, from `offset` on."""
    for column, row in reversed(cells):
        if canvas.letter(column, row, one.letter, one.style):
            break
    for column, row in {column: (column, row) for column, row in cells}.values():
        if column % LETTER_COLUMNS == offset:
            canvas.letter(column, row, one.letter, one.style)


def _dots(one: Series, x: Axis, y: Axis, columns: int, rows: int) -> Iterator[tuple[int, int]]:
    previous: tuple[int, int] | None = None
    for step, value in one.points:
        here = None
        if x.holds(step) and y.holds(value):
            # On an axis of one number, all is at the left.
            across = x.share(step) if x.high > x.low else 0.0
            here = round(across * columns), round((1 - y.share(value)) * rows)
            yield from _line(previous if previous and one.joined else here, here)
        previous = here


def _line(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots from one place to another."""
    (x, y), (to_x, to_y) = start, end
    length = max(abs(to_x - x), abs(to_y - y), 1)
    for part in range(length + 1):
        yield round(x + (to_x - x) * part / length), round(y + (to_y - y) * part / length)
