"""Conditions on many keys at once: one parameter and one text of the statement, however many keys there are."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Connection, Select, Text, cast, func, literal, select, tuple_

from hpsearch.storage.types import dumps


def among(
    connection: Connection, columns: Sequence[Column[Any]], keys: Collection[Sequence[Any]]
) -> ColumnElement[bool]:
    """Whether the columns have the values of one of these keys. Long lists in the statement's text would be parsed anew each time."""
    document = literal(dumps(list(keys)), Text())
    values = _of_sqlite if connection.dialect.name == "sqlite" else _of_postgres
    return tuple_(*columns).in_(values(columns, document))


def one_of(connection: Connection, column: Column[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether the column has one of these values."""
    return among(connection, [column], [(value,) for value in values])


def _of_sqlite(columns: Sequence[Column[Any]], document: ColumnElement[str]) -> Select[Any]:
    each = func.json_each(document).table_valued("value")
    return select(*(func.json_extract(each.c.value, f"$[{place}]") for place in range(len(columns))))


def _of_postgres(columns: Sequence[Column[Any]], document: ColumnElement[str]) -> Select[Any]:
    each = func.json_array_elements(cast(document, JSON)).table_valued("value")
    return select(*(cast(each.c.value.op("->>")(place), column.type) for place, column in enumerate(columns)))
