"""Tables made for tests, without a database."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from domain import study_of

from hpsearch.analysis import STATES, Table
from hpsearch.space import CategoricalParameter, ConstantParameter
from hpsearch.trial import TrialState

NOTHING = float("nan")


def table_of(
    params: Sequence[Mapping[str, Any]],
    values: Sequence[float | Sequence[float] | None],
    states: Sequence[str] | None = None,
    *,
    metrics: Mapping[str, Sequence[float]] | None = None,
    device_seconds: Sequence[float] | None = None,
    **study: Any,
) -> Table:
    """A table of a study with these fields: trial n began at second 10 n, took 5 seconds, and has one attempt.

    States are `completed` unless given; a value of None is that of a trial that has none.
    """
    definition = study_of(**study)
    number = len(params)
    rows = [[NOTHING] * len(definition.directions) if value is None else np.atleast_1d(value) for value in values]
    began = 10.0 * np.arange(number)
    return Table(
        study=definition,
        seq=number,
        state=np.array([STATES.index(TrialState(state)) for state in states or ["completed"] * number], dtype=np.int64),
        values=np.array(rows, dtype=np.float64).reshape(number, len(definition.directions)),
        told=np.array([value is not None for value in values], dtype=np.bool_),
        params={name: np.array([_number(definition, name, point) for point in params]) for name in definition.space},
        metrics={name: np.array(column, dtype=np.float64) for name, column in (metrics or {}).items()},
        best_step=np.ones(number),
        last_step=np.ones(number),
        attempts=np.ones(number, dtype=np.int64),
        created=began,
        started=began,
        finished=began + 5.0,
        device_seconds=np.array(device_seconds if device_seconds is not None else [4.0] * number, dtype=np.float64),
        changed=np.arange(1, number + 1),
    )


def _number(definition: Any, name: str, point: Mapping[str, Any]) -> float:
    if name not in point:
        return NOTHING
    parameter = definition.space[name]
    if isinstance(parameter, CategoricalParameter | ConstantParameter):
        return float(parameter.position(point[name]))
    return float(point[name])
