"""Trials as an Apache Parquet file, written while they are read. Needs the extra `parquet`."""

import io
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import pyarrow as pa
from pyarrow.parquet import ParquetWriter
from pydantic_core import to_json

from hpsearch.space import CategoricalParameter, FloatParameter, IntParameter, Parameter, Value
from hpsearch.wire.trials import TrialView
from hpsearch_api.trial_table import TrialTable

ROW_GROUP = 10_000
"""Trials that are held until they are written; a reader takes as many at a time."""

_TIME = pa.timestamp("us", tz="UTC")
_FIXED: Mapping[str, pa.DataType] = MappingProxyType(
    {
        **dict.fromkeys(("number", "attempts", "seed", "best_step", "last_step"), pa.int64()),
        **dict.fromkeys(("state", "reason", "error"), pa.string()),
        **dict.fromkeys(("created_at", "started_at", "finished_at"), _TIME),
        "enqueued": pa.bool_(),
    }
)
_PLAIN: Mapping[frozenset[type], pa.DataType] = MappingProxyType(
    {
        frozenset[type](): pa.string(),
        frozenset({str}): pa.string(),
        frozenset({bool}): pa.bool_(),
        frozenset({int}): pa.int64(),
        frozenset({float}): pa.float64(),
        frozenset({int, float}): pa.float64(),  # no choice is beyond 2**53 - 1, so each stays what it is
    }
)
"""The type of a column by those of the values that it can have."""


class ParquetTable:
    """A file of one table, in pieces: each call answers the bytes that are ready. Without the last it is no Parquet file."""

    def __init__(self, table: TrialTable) -> None:
        self._table = table
        space = {f"params.{name}": table.study.space[name] for name in table.study.space}
        types = {name: _FIXED.get(name, pa.float64()) for name in table.columns}
        plain = {name: _type(parameter) for name, parameter in space.items()}
        self._schema = pa.schema(list((types | {name: kind or pa.string() for name, kind in plain.items()}).items()))
        self._texts = {name for name, kind in plain.items() if kind is None}
        self._sink = io.BytesIO()
        self._writer = ParquetWriter(self._sink, self._schema)
        self._held: list[pa.RecordBatch] = []

    def add(self, trials: Sequence[TrialView]) -> bytes:
        """More rows."""
        self._held.append(self._batch(trials))
        if sum(batch.num_rows for batch in self._held) >= ROW_GROUP:
            self._write()
        return self._taken()

    def end(self) -> bytes:
        """The rows that were held, and the end of the file."""
        if self._held:
            self._write()
        self._writer.close()
        return self._taken()

    def _batch(self, trials: Sequence[TrialView]) -> pa.RecordBatch:
        columns = zip(*map(self._table.row, trials), strict=True)
        cells = [
            _texts(column) if name in self._texts else column
            for name, column in zip(self._schema.names, columns, strict=True)
        ]
        return pa.record_batch(
            [pa.array(column, field.type) for column, field in zip(cells, self._schema, strict=True)], self._schema
        )

    def _write(self) -> None:
        self._writer.write_table(pa.Table.from_batches(self._held, self._schema))
        self._held = []

    def _taken(self) -> bytes:
        found = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return found


def _type(parameter: Parameter) -> pa.DataType | None:
    """Of a parameter's column; None where its values are of several kinds, and so are written as JSON."""
    if isinstance(parameter, FloatParameter):
        return pa.float64()
    if isinstance(parameter, IntParameter):
        return pa.int64()
    choices = parameter.choices if isinstance(parameter, CategoricalParameter) else (parameter.value,)
    return _PLAIN.get(frozenset(type(choice) for choice in choices if choice is not None))


def _texts(column: Iterable[Value]) -> list[str | None]:
    return [None if value is None else to_json(value).decode() for value in column]
