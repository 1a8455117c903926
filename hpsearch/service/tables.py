"""Tables of studies, kept in memory and brought up to date by what changed."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpsearch.analysis import STATES, Floats, Table
from hpsearch.analysis.table import Places
from hpsearch.space import CategoricalParameter, ConstantParameter, Parameter, Value
from hpsearch.storage import Database
from hpsearch.storage.columns import Block, Place, read_block
from hpsearch.study import Study, StudyAccount

BLOCK = 2_000
"""Trials read in one transaction."""
BYTES = 128_000_000
"""Of the tables that are kept; 100,000 trials with 8 parameters take 18 MB."""

_FLOATS = {
    "best_step": "best_step",
    "last_step": "last_step",
    "created": "created_at",
    "started": "started_at",
    "finished": "finished_at",
    "device_seconds": "device_seconds",
}
Column = NDArray[Any]

_STORED = ("number", "state", "values", "params", "metrics", "attempts", "seq", *_FLOATS.values())
_PLAIN = ("state", "values", "told", "attempts", "changed", *_FLOATS)
"""The columns of a table that need no name besides."""
_NOTHING: Floats = np.empty(0)
_PLACES = {state.value: place for place, state in enumerate(STATES)}


class Tables:
    """The tables that were asked for last. Any thread may read; what it gets never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[int, _Growing] = OrderedDict()
        self._lock = Lock()

    def read(self, study: StudyAccount) -> Table:
        """The table of a study, no older than its account. Costs in proportion to what changed since it was read last."""
        with self._lock:
            growing = self._kept.setdefault(study.id, _Growing(study))
            self._kept.move_to_end(study.id)
        table = growing.read(self._database, study.seq)
        with self._lock:
            while len(self._kept) > 1 and sum(kept.bytes for kept in self._kept.values()) > BYTES:
                self._kept.popitem(last=False)
        return table


class _Growing:
    """The table of one study. Columns are replaced, never changed: whoever reads an earlier table still has it."""

    def __init__(self, study: StudyAccount) -> None:
        self._id = study.id
        self._table = _empty(study.definition)
        self._place = Place()
        self._lock = Lock()
        self.bytes = 0

    def read(self, database: Database, seq: int) -> Table:
        with self._lock:
            while self._table.seq < seq:
                self._take(database)
            return self._table

    def _take(self, database: Database) -> None:
        changes = []
        following: Place | None = self._place
        while following is not None:
            with database.read() as connection:
                block = read_block(connection, self._id, _STORED, following, BLOCK)
            changes.append(_converted(self._table.study, block))
            following = block.following
        self._table = _grown(self._table, changes, block.seq)
        self._place = Place(block.seq + 1)
        self.bytes = _bytes(self._table)


@dataclass(frozen=True, slots=True)
class _Changes:
    """Trials that changed, and the columns of a table for them."""

    numbers: Places
    plain: Mapping[str, Column]
    params: Mapping[str, Column]
    metrics: Mapping[str, Column]


def _converted(study: Study, block: Block) -> _Changes:
    columns = block.columns
    params, metrics = columns["params"], columns["metrics"]
    plain = {name: _floats(columns[stored]) for name, stored in _FLOATS.items()}
    plain |= {
        "state": np.array([_PLACES[state] for state in columns["state"]], dtype=np.int64),
        "values": _values(columns["values"], len(study.directions)),
        "told": np.array([found is not None for found in columns["values"]], dtype=np.bool_),
        "attempts": np.array(columns["attempts"], dtype=np.int64),
        "changed": np.array(columns["seq"], dtype=np.int64),
    }
    return _Changes(
        np.array(columns["number"], dtype=np.int64),
        plain,
        {name: _param(study.space[name], name, params) for name in study.space},
        {name: _metric(name, metrics) for name in dict.fromkeys(name for found in metrics for name in found)},
    )


def _floats(column: Sequence[Any]) -> Floats:
    return np.array(
        column, dtype=np.float64
    )  # None becomes NaN, and the words for NaN and infinities what they stand for


def _values(column: Sequence[Sequence[float | str] | None], objectives: int) -> Floats:
    nothing = [None] * objectives
    return _floats([nothing if row is None else row for row in column]).reshape(-1, objectives)


def _metric(name: str, column: Sequence[Mapping[str, float | str]]) -> Floats:
    return _floats([row.get(name) for row in column])


def _param(parameter: Parameter, name: str, column: Sequence[Mapping[str, Any]]) -> Floats:
    if not isinstance(parameter, CategoricalParameter | ConstantParameter):
        return _floats([params.get(name) for params in column])
    choices = parameter.choices if isinstance(parameter, CategoricalParameter) else (parameter.value,)
    places = {_key(choice): place for place, choice in enumerate(choices)}
    return _floats([places[_key(params[name])] if name in params else None for params in column])


def _key(choice: Value) -> tuple[bool, Value]:
    """1 and true are two choices, 1 and 1.0 one."""
    return isinstance(choice, bool), choice


def _grown(table: Table, changes: Sequence[_Changes], seq: int) -> Table:
    """The table with these changes, of which later ones hold."""
    size = max([len(table), *(int(change.numbers.max()) + 1 for change in changes if len(change.numbers))])

    def column(old: Column, found: Iterable[Column | None]) -> Column:
        new = np.full((size, *old.shape[1:]), np.nan if old.dtype.kind == "f" else 0, dtype=old.dtype)
        new[: len(old)] = old
        for change, values in zip(changes, found, strict=True):
            if values is not None:
                new[change.numbers] = values
        new.flags.writeable = False
        return new

    metrics = dict.fromkeys([*table.metrics, *(name for change in changes for name in change.metrics)], _NOTHING)
    return Table(
        study=table.study,
        seq=seq,
        params={name: column(old, [change.params[name] for change in changes]) for name, old in table.params.items()},
        metrics={
            name: column(old, [change.metrics.get(name) for change in changes])
            for name, old in (metrics | dict(table.metrics)).items()
        },
        **{name: column(getattr(table, name), [change.plain[name] for change in changes]) for name in _PLAIN},
    )


def _empty(study: Study) -> Table:
    """The table of a study without trials, from before its first change."""
    nowhere = np.empty(0, dtype=np.int64)
    return Table(
        study=study,
        seq=-1,
        state=nowhere,
        values=np.empty((0, len(study.directions))),
        params=dict.fromkeys(study.space, _NOTHING),
        metrics={},
        told=np.empty(0, dtype=np.bool_),
        attempts=nowhere,
        changed=nowhere,
        **dict.fromkeys(_FLOATS, _NOTHING),
    )


def _bytes(table: Table) -> int:
    columns = [getattr(table, name) for name in _PLAIN]
    return sum(column.nbytes for column in (*columns, *table.params.values(), *table.metrics.values()))
