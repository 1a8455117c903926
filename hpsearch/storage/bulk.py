"""Many rows in one statement, past SQLAlchemy's handling of single values: here a server under load would spend its time.

SQLite gets the rows as a list. PostgreSQL gets them as one JSON document, which it turns into rows of the table's own type; told row by
row, it and its driver take several times as long.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import JSON, Connection, Table
from sqlalchemy.types import TypeEngine

from hpsearch.storage.types import Moment, Real, dumps, nan_to_text, to_microseconds

Row = dict[str, Any]


class Bulk:
    """An INSERT of some columns of a table; with `key`, an UPDATE of the rows whose columns of the key are equal."""

    def __init__(self, table: Table, names: Sequence[str], key: Sequence[str] = ()) -> None:
        self._names = (*names, *key)
        self._sqlite = _sqlite_update(table, names, key) if key else _sqlite_insert(table, names)
        self._postgres = _postgres_update(table, names, key) if key else _postgres_insert(table, names)
        self._encoders = {
            is_sqlite: [
                (name, encode)
                for name in self._names
                if (encode := _encoder(table.c[name].type, is_sqlite=is_sqlite)) is not None
            ]
            for is_sqlite in (True, False)
        }

    def write(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Carries it out for these rows; they have all its columns, and are not used afterwards."""
        if not rows:
            return
        is_sqlite = connection.dialect.name == "sqlite"
        for name, encode in self._encoders[is_sqlite]:
            for row in rows:
                if row[name] is not None:
                    row[name] = encode(row[name])
        if is_sqlite:
            connection.exec_driver_sql(self._sqlite, [tuple([row[name] for name in self._names]) for row in rows])
        else:
            known = [{name: value for name, value in row.items() if value is not None} for row in rows]
            connection.exec_driver_sql(self._postgres, (dumps(known),))


def _encoder(kind: TypeEngine[Any], *, is_sqlite: bool) -> Callable[[Any], Any] | None:
    """What a value of this type needs; within PostgreSQL's document, documents and non-finite numbers need nothing."""
    if isinstance(kind, Moment):
        return to_microseconds
    if not is_sqlite:
        return None
    if isinstance(kind, Real):
        return nan_to_text
    return dumps if isinstance(kind, JSON) else None


def _quoted(names: Sequence[str], form: str) -> list[str]:
    return [form.format(f'"{name}"') for name in names]


def _sqlite_insert(table: Table, names: Sequence[str]) -> str:
    return f'INSERT INTO "{table.name}" ({", ".join(_quoted(names, "{}"))}) VALUES ({", ".join("?" for _ in names)})'  # noqa: S608


def _sqlite_update(table: Table, names: Sequence[str], key: Sequence[str]) -> str:
    changes, same = ", ".join(_quoted(names, "{} = ?")), " AND ".join(_quoted(key, "{} = ?"))
    return f'UPDATE "{table.name}" SET {changes} WHERE {same}'  # noqa: S608


def _postgres_insert(table: Table, names: Sequence[str]) -> str:
    columns = ", ".join(_quoted(names, "{}"))
    return f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM {_rows(table)}'  # noqa: S608


def _postgres_update(table: Table, names: Sequence[str], key: Sequence[str]) -> str:
    changes, same = (
        ", ".join(_quoted(names, "{0} = r.{0}")),
        " AND ".join(_quoted(key, f'"{table.name}".{{0}} = r.{{0}}')),
    )
    return f'UPDATE "{table.name}" SET {changes} FROM {_rows(table)} AS r WHERE {same}'  # noqa: S608


def _rows(table: Table) -> str:
    return f'json_populate_recordset(NULL::"{table.name}", %s::json)'
