"""The workers that were heard of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Insert, bindparam, case
from sqlalchemy.dialects import postgresql, sqlite

from hpsearch.storage.tables import workers


def _upsert(statement: postgresql.Insert | sqlite.Insert) -> Insert:
    status = case((bindparam("told", type_=Boolean()), statement.excluded.status), else_=workers.c.status)
    return statement.on_conflict_do_update(
        index_elements=["project", "name"], set_={"last_seen": statement.excluded.last_seen, "status": status}
    )


_UPSERT = {"postgresql": _upsert(postgresql.insert(workers)), "sqlite": _upsert(sqlite.insert(workers))}


WorkerKey = tuple[str, str]
"""Project and name."""


def note_workers(connection: Connection, heard: Mapping[WorkerKey, Mapping[str, Any] | None], now: datetime) -> None:
    """Notes that these workers were heard of, with the status they told, if any. In the order of their keys: that is the lock order."""
    rows = [
        {
            "project": project,
            "name": name,
            "status": status or {},
            "first_seen": now,
            "last_seen": now,
            "told": status is not None,
        }
        for (project, name), status in sorted(heard.items())
    ]
    if rows:
        connection.execute(_UPSERT[connection.dialect.name], rows)
