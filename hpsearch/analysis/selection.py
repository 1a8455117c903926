"""Which trials of a table, in which order, and a page of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from hpsearch.analysis.table import Floats, Table
from hpsearch.errors import InvalidInput
from hpsearch.space import CategoricalParameter, ConstantParameter
from hpsearch.trial import TrialState

Mask = NDArray[np.bool_]

_CONDITION = re.compile(r"^(?P<column>[A-Za-z][\w.-]*)\s*(?P<operator><=|>=|!=|=|<|>)\s*(?P<literal>.*)$", re.DOTALL)
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
)
_PLAIN = MappingProxyType(
    {
        "best_step": "best_step",
        "last_step": "last_step",
        "attempts": "attempts",
        "created_at": "created",
        "started_at": "started",
        "finished_at": "finished",
        "device_seconds": "device_seconds",
        "seq": "changed",
    }
)
COLUMNS = f"number, value, values.METRIC, params.NAME, metrics.NAME, {', '.join(_PLAIN)}"
"""What trials may be sorted and compared by."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Trials in one of these states (any without states) for which all conditions hold, such as `params.optimizer=adam` or `value<0.1`.

    `sort` is one of COLUMNS; a `-` before it turns the order round. Trials that have no value there come last in both, equal ones by
    their number. NaN counts as the greatest number.
    """

    states: Sequence[TrialState] = ()
    where: Sequence[str] = ()
    sort: str = "number"


@dataclass(frozen=True, slots=True)
class Last:
    """The last trial of a page: its number, and its value where the order looks; None where it has none."""

    value: float | None
    number: int


def page(table: Table, wanted: Selection, after: Last | None, limit: int) -> tuple[list[int], Last | None]:
    """Up to `limit` numbers after this place, and the place of the next page; raises InvalidInput that names `where` or `sort`."""
    name = wanted.sort.removeprefix("-")
    column = _column(table, name)
    if column is None:
        raise InvalidInput.at("sort", f"must be one of {COLUMNS}; - before it turns it round")
    values, present = column
    keys = _Order(values, present, falling=wanted.sort.startswith("-"))
    chosen = _chosen(table, wanted)
    if after is not None:
        chosen &= keys.after(after)
    numbers = keys.sorted(np.flatnonzero(chosen))
    found = [int(number) for number in numbers[:limit]]
    if len(numbers) <= limit:
        return found, None
    last = found[-1]
    return found, Last(float(values[last]) if present[last] else None, last)


class _Order:
    """A total order of rows: those without a value last, NaN as the greatest number, then the numbers, then the trials' own numbers."""

    def __init__(self, values: Floats, present: Mask, *, falling: bool) -> None:
        self._sign = -1.0 if falling else 1.0
        is_nan = np.isnan(values)
        self._missing = ~present
        self._beyond = np.where(is_nan & present, self._sign, 0.0)
        self._keys = np.where(is_nan, 0.0, self._sign * values)

    def sorted(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows[np.lexsort((rows, self._keys[rows], self._beyond[rows], self._missing[rows]))]

    def after(self, last: Last) -> Mask:
        numbers = np.arange(len(self._keys))
        if last.value is None:
            return self._missing & (numbers > last.number)
        is_nan = last.value != last.value
        beyond, key = (self._sign, 0.0) if is_nan else (0.0, self._sign * last.value)
        equal = (self._beyond == beyond) & (self._keys == key)
        greater = (self._beyond > beyond) | ((self._beyond == beyond) & (self._keys > key))
        found: Mask = self._missing | greater | (equal & (numbers > last.number))
        return found


def _chosen(table: Table, wanted: Selection) -> Mask:
    chosen = table.are(*wanted.states) if wanted.states else np.ones(len(table), dtype=np.bool_)
    for place, condition in enumerate(wanted.where):
        chosen &= _holds(table, condition, f"where.{place}")
    return chosen


def _holds(table: Table, condition: str, field: str) -> Mask:
    parts = _CONDITION.match(condition)
    if parts is None:
        raise InvalidInput.at(field, "must be like params.NAME=VALUE or value<NUMBER; operators = != < <= > >=")
    name, operator, literal = parts["column"], parts["operator"], parts["literal"].strip()
    space = table.study.space
    if name.startswith("params.") and name.removeprefix("params.") not in space:
        raise InvalidInput.at(
            field, f"there is no parameter {name.removeprefix('params.')!r}; the space has {', '.join(space)}"
        )
    column = _column(table, name)
    if column is None:
        raise InvalidInput.at(field, f"must compare one of {COLUMNS}, got {name[:100]!r}")
    parameter = space[name.removeprefix("params.")] if name.startswith("params.") else None
    if isinstance(parameter, CategoricalParameter | ConstantParameter):
        return _is_choice(parameter, name.removeprefix("params."), column, operator, literal, field)
    return _compared(column, operator, _number(literal, field))


def _is_choice(
    parameter: CategoricalParameter | ConstantParameter,
    name: str,
    column: tuple[Floats, Mask],
    operator: str,
    literal: str,
    field: str,
) -> Mask:
    if operator not in ("=", "!="):
        raise InvalidInput.at(field, f"{name} has no order; use = or !=")
    choices = parameter.choices if isinstance(parameter, CategoricalParameter) else (parameter.value,)
    places = [place for place, choice in enumerate(choices) if literal in (str(choice), to_json(choice).decode())]
    if not places:
        raise InvalidInput.at(field, f"{name} is never {literal!r}; it is {parameter.describe()}")
    values, present = column
    found: Mask = present & np.isin(values, places, invert=operator == "!=")
    return found


def _compared(column: tuple[Floats, Mask], operator: str, number: float) -> Mask:
    values, present = column
    compare, is_nan = _OPERATORS[operator], np.isnan(values)
    if number != number:  # equal to NaN alone, and no number is greater
        holds: Mask = np.where(is_nan, compare(0.0, 0.0), compare(-1.0, 0.0))
    else:
        holds = np.where(is_nan, compare(1.0, 0.0), compare(np.where(is_nan, 0.0, values), number))
    return present & holds


def _column(table: Table, name: str) -> tuple[Floats, Mask] | None:
    """The values of a column, and which trials have one; None when there is no such column."""
    if name == "number":
        return np.arange(float(len(table))), np.ones(len(table), dtype=np.bool_)
    if name == "value":
        return table.values[:, 0], table.told
    kind, _, rest = name.partition(".")
    if kind == "values" and rest in table.study.metrics:
        return table.values[:, table.study.metrics.index(rest)], table.told
    column = None
    if kind == "params":
        column = table.params.get(rest)
    elif kind == "metrics":
        column = table.metrics.get(rest, np.full(len(table), np.nan))
    elif name in _PLAIN:
        column = getattr(table, _PLAIN[name]).astype(np.float64)
    return None if column is None else (column, ~np.isnan(column))


def _number(literal: str, field: str) -> float:
    try:
        return float(literal)
    except ValueError:
        raise InvalidInput.at(field, f"must compare with a number, got {literal!r}") from None
