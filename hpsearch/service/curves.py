"""The learning curves of a study's trials, as many and as fine as a chart can show; and all that one trial reported."""

from collections.abc import Sequence

import numpy as np

from hpsearch.analysis import STATES, Table, downsample, thinned
from hpsearch.storage import Database
from hpsearch.storage.curves import StoredCurve, curves_of
from hpsearch.study import StudyAccount
from hpsearch.wire.charts import CurvesChart, CurveView, TrialCurves

MOST_CURVES = 200
"""Curves of a chart, unless it says otherwise."""
MOST_POINTS = 200
"""Points of a curve; its ends and extremes stay."""
MOST_ROWS = 2_000
"""Steps of all that one trial reported; every metric's ends and extremes stay."""


def curves_chart(
    database: Database, study: StudyAccount, table: Table, numbers: Sequence[int], metric: str | None, most: int
) -> CurvesChart:
    """The curves of these trials, of those that have one; without numbers of at most `most`, thinned as points are: the best stay."""
    reported = np.flatnonzero(np.isfinite(table.last_step))
    chosen = np.intersect1d(reported, numbers) if len(numbers) else reported
    if not len(numbers):
        chosen = chosen[thinned(chosen, table.costs()[chosen], most)]
    with database.read() as connection:
        stored = curves_of(connection, study.id, [int(number) for number in chosen])
    other = None if metric in (None, study.definition.metrics[0]) else metric
    curves = [_view(table, number, curve, other) for number, curve in sorted(stored.items())]
    metrics = sorted({name for curve in stored.values() for told in curve.metrics for name in told})
    return CurvesChart(curves=[curve for curve in curves if curve.step], of=len(reported), metrics=metrics)


def trial_curves(study: StudyAccount, stored: StoredCurve) -> TrialCurves:
    """Everything that a trial reported, metric by metric."""
    told = stored.columns(study.definition.metrics[0])
    steps = np.array(stored.steps, dtype=np.float64)
    points = max(MOST_ROWS // len(told), 4)
    chosen = [downsample(steps, np.array(column, dtype=np.float64), points) for column in told.values()]
    rows = np.unique(np.concatenate(chosen))
    return TrialCurves(
        step=[stored.steps[row] for row in rows],
        attempt=[stored.attempts[row] for row in rows],
        columns={name: [column[row] for row in rows] for name, column in told.items()},
        of=len(steps),
    )


def _view(table: Table, number: int, stored: StoredCurve, metric: str | None) -> CurveView:
    told = stored.values if metric is None else [metrics.get(metric, np.nan) for metrics in stored.metrics]
    steps, values = np.array(stored.steps, dtype=np.float64), np.array(told, dtype=np.float64)
    if metric is not None and np.isnan(values).all():
        steps, values = steps[:0], values[:0]
    rows = downsample(steps, values, MOST_POINTS)
    return CurveView(
        number=number,
        state=STATES[table.state[number]],
        step=[stored.steps[row] for row in rows],
        value=[None if np.isnan(value) else float(value) for value in values[rows]],
    )
