"""How a search went: the values of its trials, and the best so far."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from math import isfinite, nan
from typing import TYPE_CHECKING, Literal

from hpsearch.cli import formats
from hpsearch.cli.axis import Axis, Scale
from hpsearch.cli.canvas import Row
from hpsearch.cli.curve import Series, number
from hpsearch.cli.picture import Picture, axes, without_a_place
from hpsearch.cli.progress import summary

if TYPE_CHECKING:
    from hpsearch.wire.charts import HistoryChart
    from hpsearch.wire.studies import StudyView

BEST = "bold green"
_STYLES = {"completed": "cyan"}  # all others have
_OTHERS = "bright_black"


class Against(StrEnum):
    """What a history is drawn against."""

    TRIALS = "trials"
    SECONDS = "seconds"
    DEVICE_SECONDS = "device-seconds"

    def on_the_wire(self) -> Literal["number", "seconds", "device_seconds"]:
        """Its name in the REST API."""
        return "number" if self is Against.TRIALS else "seconds" if self is Against.SECONDS else "device_seconds"


def picture(view: "StudyView", chart: "HistoryChart", against: Against, objective: int, scale: Scale) -> Picture:
    """The picture of a study's history, or the sentence that says why there is none."""
    series = [*_clouds(chart), Series(list(_steps(chart)), style=BEST)]
    x, y = axes(series, scale)
    values = [value for value in chart.y if value is not None and isfinite(value)]
    metric = view.definition.metrics[objective]
    return Picture(
        title=f"{view.name}: {metric} by {'trial' if against is Against.TRIALS else against.value.replace('-', ' ')}",
        series=series,
        x=x,
        y=y,
        legend=[_legend(view, chart)],
        notes=[*without_a_place(values, y, scale), *_notes(view, chart, against, x)],
        x_text=number if against is Against.TRIALS else formats.seconds,
    )


def _clouds(chart: "HistoryChart") -> list[Series]:
    """Points a state, those of completed trials last."""
    states = sorted({state.value for state in chart.state}, key=lambda state: (state == "completed", state))
    found = list(zip(chart.x, chart.y, chart.state, strict=True))
    return [
        Series(
            [(_read(x), _read(y)) for x, y, state in found if state.value == wanted],
            joined=False,
            style=_STYLES.get(wanted, _OTHERS),
        )
        for wanted in states
    ]


def _steps(chart: "HistoryChart") -> Iterator[tuple[float, float]]:
    """The best so far with the corners of its steps."""
    best = [(_read(x), _read(y)) for x, y in zip(chart.best.x, chart.best.y, strict=True)]
    yield from best[:1]
    for (_, before), (x, after) in pairwise(best):
        yield from ((x, before), (x, after))


def _read(value: float | None) -> float:
    return nan if value is None else value


def _legend(view: "StudyView", chart: "HistoryChart") -> Row:
    row: Row = []
    states = [state.value for state in chart.state]
    for state in sorted(set(states)):
        row += [("⠂ ", _STYLES.get(state, _OTHERS)), (f"{states.count(state)} {state}  ", "")]
    if chart.best.y:
        trial = "" if view.best_trial is None else f" (trial {view.best_trial})"
        row += [("⠒⠒ ", BEST), (f"best so far: {formats.value(chart.best.y[-1])}{trial}", "")]
    return row


def _notes(view: "StudyView", chart: "HistoryChart", against: Against, x: Axis | None) -> Iterator[str]:
    if not chart.of:
        yield f"{view.name} has no value to draw yet: {summary(view)}."
        if view.counts.failed:
            yield f"See why they failed: hpsearch trial list {view.name} --state failed"
    if chart.of > len(chart.number):
        yield f"{len(chart.number):,} of {chart.of:,} trials are drawn, the best among them; the line is of all."
    if against is Against.DEVICE_SECONDS and x is not None and not x.high > 0:
        yield "No worker told device seconds; so all trials are at 0."
