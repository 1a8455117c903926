"""Queries by many keys at once: one parameter and one text of the statement, however many keys there are."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, Row, Select, Text, bindparam, cast, func, select, tuple_
from sqlalchemy.types import TypeEngine

from hpsearch.storage.types import dumps


class ByKeys:
    """The rows of a query whose columns have the values of one of many keys; with `lock` they are held to the end of the transaction.

    Keys are tuples, or single values for one column. Make it once: to build a statement takes several times as long as to have it carried out.
    """

    def __init__(self, query: Select[Any], *columns: Column[Any], lock: bool = False) -> None:
        types = [column.type for column in columns]
        self._sqlite = query.where(tuple_(*columns).in_(json_rows("keys", types, is_sqlite=True)))
        self._postgres = query.where(tuple_(*columns).in_(json_rows("keys", types, is_sqlite=False)))
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


def json_rows(parameter: str, types: Sequence[TypeEngine[Any]], *, is_sqlite: bool) -> Select[Any]:
    """The rows of a JSON document, a list of lists of values of these types, which the parameter of this name holds. Columns are `v0`, `v1` ..."""
    document = bindparam(parameter, type_=Text())
    values: list[ColumnElement[Any]]
    if is_sqlite:
        each = func.json_each(document).table_valued("value")
        values = [func.json_extract(each.c.value, f"$[{place}]", type_=kind) for place, kind in enumerate(types)]
    else:
        each = func.json_array_elements(cast(document, JSON)).table_valued("value")
        values = [cast(each.c.value.op("->>")(place), kind) for place, kind in enumerate(types)]
    return select(*(value.label(f"v{place}") for place, value in enumerate(values)))
