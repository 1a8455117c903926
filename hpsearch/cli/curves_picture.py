"""Learning curves, each with its letter."""

from collections.abc import Iterator, Sequence
from math import isfinite, nan
from string import ascii_lowercase
from typing import TYPE_CHECKING

from hpsearch.cli import formats
from hpsearch.cli.axis import Axis, Scale
from hpsearch.cli.canvas import Row
from hpsearch.cli.curve import Series
from hpsearch.cli.picture import Picture, axes, without_a_place
from hpsearch.cli.progress import summary

if TYPE_CHECKING:
    from hpsearch.wire.charts import CurvesChart, CurveView
    from hpsearch.wire.studies import StudyView

MOST = len(ascii_lowercase)
"""Curves of one picture."""
_STYLES = ("cyan", "magenta", "yellow", "green", "blue", "red")


def picture(
    view: "StudyView", chart: "CurvesChart", trials: Sequence[int], metric: str | None, scale: Scale
) -> Picture:
    """The picture of at most MOST curves, or the sentence that says why there is none; `trials` are those that were asked for."""
    series = [
        Series(_points(one), style=_STYLES[place % len(_STYLES)], letter=ascii_lowercase[place])
        for place, one in enumerate(chart.curves)
    ]
    x, y = axes(series, scale)
    name = metric or view.definition.metrics[0]
    values = [value for one in series for _, value in one.points]
    finite = [value for value in values if isfinite(value)]
    notes = [*without_a_place(finite, y, scale), *_notes(view, chart, trials, name, y)]
    if values and not finite:
        notes.append(f"None of the {len(values)} values of {name} is finite.")
    elif len(finite) < len(values):
        notes.append(f"{len(values) - len(finite)} of {len(values)} values are not finite and leave gaps.")
    return Picture(
        title=f"{view.name}: {name} by step",
        series=series,
        x=x,
        y=y,
        legend=list(_legend(chart, series)),
        notes=notes,
    )


def _points(curve: "CurveView") -> list[tuple[float, float]]:
    return [(step, nan if value is None else value) for step, value in zip(curve.step, curve.value, strict=True)]


def _legend(chart: "CurvesChart", series: Sequence[Series]) -> Iterator[Row]:
    width = max((len(str(curve.number)) for curve in chart.curves), default=0)
    for curve, one in zip(chart.curves, series, strict=True):
        last = f"{formats.value(curve.value[-1])} at step {curve.step[-1]}"
        yield [(f"{one.letter} ", one.style), (f"trial {curve.number:>{width}}  {curve.state.value:<9}  {last}", "")]


def _notes(
    view: "StudyView", chart: "CurvesChart", trials: Sequence[int], metric: str, y: Axis | None
) -> Iterator[str]:
    if not chart.of:
        yield f"No trial of {view.name} has reported anything yet: {summary(view)}."
        if view.counts.failed:
            yield f"See why they failed: hpsearch trial list {view.name} --state failed"
        return
    shown = {curve.number for curve in chart.curves}
    silent = [number for number in trials if number not in shown]
    if silent:
        yield f"Nothing was reported of {metric} by trial {', '.join(map(str, silent))}."
    elif not shown:
        yield f"No trial of {view.name} reported {metric}."
    elif not trials and len(shown) < chart.of:
        yield f"{len(shown)} of {chart.of:,} trials are drawn, the best among them; more with --most, others with --trial."
