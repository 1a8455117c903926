"""A chart with its title and its legend, fitted into a terminal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from hpsearch.cli.axis import Axis, Scale
from hpsearch.cli.canvas import Row
from hpsearch.cli.curve import Series, draw, margin, number

LEAST_WIDTH, LEAST_HEIGHT, MOST_HEIGHT = 10, 5, 20
"""Of the drawing itself, in characters."""
_BESIDE = 4
"""Lines that are neither drawing nor legend: the title, the lower axis, the prompt."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart. `legend` has a row a line; `notes` say what the picture cannot. Without an upright axis there is nothing to draw."""

    title: str
    series: Sequence[Series]
    x: Axis | None
    y: Axis | None
    legend: Sequence[Row] = ()
    notes: Sequence[str] = field(default=())
    x_text: Callable[[float], str] = number

    def rows(self, columns: int, lines: int) -> list[Row]:
        """As wide as `columns` and, where that is possible, no higher than `lines`; nothing where there is nothing to draw."""
        if self.x is None or self.y is None:
            return []
        height = min(max(lines - len(self.legend) - _BESIDE, LEAST_HEIGHT), MOST_HEIGHT)
        width = max(columns - margin(self.y, height), LEAST_WIDTH)
        title = f"{self.title}, logarithmic" if self.y.is_log else self.title
        return [[(title, "bold")], *draw(self.series, self.x, self.y, width, height, self.x_text), *self.legend]


def axes(series: Iterable[Series], scale: Scale) -> tuple[Axis | None, Axis | None]:
    """The axes that hold the series; None where nothing has a place."""
    points = [point for one in series for point in one.points]
    return Axis.of(x for x, _ in points), Axis.of((y for _, y in points), scale)


def without_a_place(values: Sequence[float], y: Axis | None, scale: Scale) -> list[str]:
    """Says how many of these finite values a logarithmic axis does not hold."""
    missing = sum(value <= 0 for value in values) if scale is Scale.LOG else 0
    if not missing:
        return []
    if y is None:
        return ["No value is above 0, so none has a place on a logarithmic axis; use --scale linear."]
    return [f"{missing} of {len(values)} values are not above 0 and have no place on a logarithmic axis."]
