"""Queries by many keys at once: one parameter and one text of the statement, however many keys there are."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, Row, Select, Text, bindparam, cast, func, select, tuple_

from hpsearch.storage.types import dumps

_DOCUMENT = bindparam("keys", type_=Text())


class ByKeys:
    """The rows of a query whose columns have the values of one of many keys; with `lock` they are held to the end of the transaction.

    Keys are tuples, or single values for one column. Make it once: to build a statement takes several times as long as to have it carried out.
    """

    def __init__(self, query: Select[Any], *columns: Column[Any], lock: bool = False) -> None:
        self._sqlite = query.where(tuple_(*columns).in_(_of_sqlite(columns)))
        self._postgres = query.where(tuple_(*columns).in_(_of_postgres(columns)))
        if lock:  # the one writer of SQLite holds everything
            self._postgres = self._postgres.with_for_update()
        self._is_single = len(columns) == 1

    def rows(self, connection: Connection, keys: Collection[Any], **parameters: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows; `parameters` are those of the query itself."""
        if not keys:
            return []
        document = dumps([[key] for key in keys] if self._is_single else list(keys))
        statement = self._sqlite if connection.dialect.name == "sqlite" else self._postgres
        return connection.execute(statement, {"keys": document, **parameters}).all()


def _of_sqlite(columns: Sequence[Column[Any]]) -> Select[Any]:
    each = func.json_each(_DOCUMENT).table_valued("value")
    return select(*(func.json_extract(each.c.value, f"$[{place}]") for place in range(len(columns))))


def _of_postgres(columns: Sequence[Column[Any]]) -> Select[Any]:
    each = func.json_array_elements(cast(_DOCUMENT, JSON)).table_valued("value")
    values: list[ColumnElement[Any]] = [
        cast(each.c.value.op("->>")(place), column.type) for place, column in enumerate(columns)
    ]
    return select(*values)
