"""The time that is written down: the database's clock, but never before the moment when the service was last seen.

A clock that is set back is noticed by the next sweep, which moves `last_seen` back and gives every lease a fresh term. What is written
in between must not end before a moment that the service has already seen.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, literal_column, select, type_coerce

from hpsearch.storage.tables import service

_LAST_SEEN = func.coalesce(type_coerce(select(service.c.last_seen).scalar_subquery(), BigInteger), 0)
_NOW = bindparam("now", type_=BigInteger())
_POSTGRES_CLOCK: ColumnElement[int] = literal_column(
    "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint", BigInteger
)


def steady(*, is_sqlite: bool) -> ColumnElement[Any]:
    """Microseconds since 1970 UTC. The parameter `now` is the process's clock where that counts: always for SQLite, else in tests, else null."""
    if is_sqlite:
        return func.max(_NOW, _LAST_SEEN, type_=BigInteger)
    return func.greatest(func.coalesce(_NOW, _POSTGRES_CLOCK), _LAST_SEEN, type_=BigInteger)
