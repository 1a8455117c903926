"""The workers that were heard of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from hpsearch.storage.tables import workers


def note_workers(connection: Connection, heard: Mapping[str, Mapping[str, Any] | None], now: datetime) -> None:
    """Notes that these workers were heard of, with the status they told, if any. In the order of their names: that is the lock order."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for name, status in sorted(heard.items()):
        statement = dialect.insert(workers).values(name=name, status=status or {}, first_seen=now, last_seen=now)
        changes: dict[str, Any] = {"last_seen": now}
        if status is not None:
            changes["status"] = statement.excluded.status
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=changes))
