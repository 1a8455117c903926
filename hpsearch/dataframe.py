"""The trials of a study as a pandas data frame. Needs the extra `pandas`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import pandas as pd

from hpsearch.client import Client
from hpsearch.space import CategoricalParameter, ConstantParameter, FloatParameter, Parameter, Value
from hpsearch.study import Study
from hpsearch.trial import TrialState

_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_TIMES = ("created_at", "started_at", "finished_at")
_FIRST = ("number", "state", "reason", "enqueued", "attempts", "seed")
_LAST = ("best_step", "last_step", "error", *_TIMES)
_TYPES = {
    "number": "int64",
    "attempts": "int64",
    "seed": "int64",
    "enqueued": "bool",
    "best_step": "Int64",
    "last_step": "Int64",
}
"""Of the columns that every study has; the rest of them are words, as categories."""


def to_dataframe(name: str, client: Client | None = None) -> pd.DataFrame:
    """One row a trial, in the order of their numbers, with the columns of the CSV export.

    Ranges of numbers are float64, whole numbers Int64 (an inactive parameter is missing), categories and states categorical with
    all the values that there can be, times datetime64 in UTC. A choice of null is missing too. Choices that are equal in Python
    but differ here, such as 1 and true, make a column of objects. The trials are read as the server streams them; only the columns are held.
    Raises StudyNotFound.
    """
    with ExitStack() as stack:
        client = client or stack.enter_context(Client())
        study = client.get_study(name).definition
        columns = _Columns(study)
        for trial in _trials(client.export(name, "json")):
            columns.add(trial)
    return columns.frame()


def _trials(pieces: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The items of the exported list, which has one in a line."""
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        for line in lines:
            if item := line.removeprefix("[").removesuffix("]").removesuffix(","):
                yield json.loads(item)


class _Columns:
    """The cells so far, column by column."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._fixed: dict[str, list[Any]] = {name: [] for name in (*_FIRST, *_LAST)}
        self._params: dict[str, list[Value]] = {name: [] for name in study.space}
        self._values: dict[str, list[Any]] = {name: [] for name in study.metrics}
        self._metrics: dict[str, dict[int, Any]] = {}
        self._count = 0

    def add(self, trial: Mapping[str, Any]) -> None:
        """One more row."""
        for name, cells in self._fixed.items():
            cells.append((trial["error"] or {}).get("reason") if name == "error" else trial[name])
        for name, cells in self._params.items():
            cells.append(trial["params"].get(name))
        for place, cells in enumerate(self._values.values()):
            cells.append(None if trial["values"] is None else trial["values"][place])
        for name, value in trial["metrics"].items():
            self._metrics.setdefault(name, {})[self._count] = value
        self._count += 1

    def frame(self) -> pd.DataFrame:
        """All rows, each column in its type."""
        fixed = {name: _fixed(name, cells) for name, cells in self._fixed.items()}
        columns = {name: fixed[name] for name in _FIRST}
        columns |= {f"params.{name}": _param(self._study.space[name], cells) for name, cells in self._params.items()}
        columns |= {f"values.{name}": _floats(cells) for name, cells in self._values.items()}
        for name, cells in sorted(self._metrics.items()):
            columns[f"metrics.{name}"] = _floats([cells.get(row) for row in range(self._count)])
        return pd.DataFrame(columns | {name: fixed[name] for name in _LAST})


def _fixed(name: str, cells: Sequence[Any]) -> pd.Series:
    if name in _TIMES:
        return pd.Series(pd.to_datetime(pd.Series(cells, dtype="str"), utc=True, format="ISO8601"))
    if name == "state":
        return pd.Series(pd.Categorical(cells, categories=[state.value for state in TrialState]))
    return pd.Series(cells, dtype=_TYPES.get(name, "category"))


def _param(parameter: Parameter, cells: Sequence[Value]) -> pd.Series:
    if isinstance(parameter, FloatParameter):
        return _floats(cells)
    if isinstance(parameter, CategoricalParameter | ConstantParameter):
        choices = parameter.choices if isinstance(parameter, CategoricalParameter) else (parameter.value,)
        categories = [choice for choice in choices if choice is not None]
        if len(set(categories)) < len(categories):
            return pd.Series(cells, dtype="object")
        return pd.Series(pd.Categorical(cells, categories=pd.Index(categories, dtype="object")))
    return pd.Series(cells, dtype="Int64")


def _floats(cells: Sequence[Any]) -> pd.Series:
    numbers = [_NUMBERS[cell] if isinstance(cell, str) else cell for cell in cells]
    return pd.Series(numbers, dtype="float64")
