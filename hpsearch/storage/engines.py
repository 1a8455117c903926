"""Engines for SQLite and PostgreSQL, set up so that both promise the same: a commit that returned is on disk."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, QueuePool, StaticPool, create_engine, event

from hpsearch.storage.types import dumps

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "60s"
IDLE_TIMEOUT = "60s"

_READING = {"default_transaction_read_only": "on", "default_transaction_isolation": "repeatable\\ read"}
_WRITING = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""Whoever writes finds rows by their keys. A plan that was made while the tables were small must not outlive that and scan large ones."""


def sqlite_engine(path: Path | None, *, readers: int = 0, read_only: bool = False) -> Engine:
    """SQLite: the one writing connection, or a pool of `readers` that cannot write. No path: in memory, one connection.

    `read_only`: readers of a file that belongs to another process; they create nothing, and leave its journal alone.
    """

    def connect() -> sqlite3.Connection:
        # isolation_level None: transactions begin when we say so, not when the driver guesses.
        address = ":memory:" if path is None else f"{path.as_uri()}?mode={'ro' if read_only else 'rwc'}"
        connection = sqlite3.connect(address, timeout=10, isolation_level=None, check_same_thread=False, uri=True)
        connection.execute("PRAGMA foreign_keys = ON")
        if path is not None and not readers:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        if readers:
            connection.execute("PRAGMA query_only = ON")
        return connection

    pool: dict[str, Any] = (
        {"poolclass": StaticPool}
        if path is None
        else {"poolclass": QueuePool, "pool_size": readers or 1, "max_overflow": 0, "pool_timeout": 60}
    )
    engine = create_engine("sqlite://", creator=connect, json_serializer=dumps, **pool)
    begin = "BEGIN" if readers else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: URL, *, size: int, readonly: bool) -> Engine:
    """PostgreSQL through psycopg 3, with limits on locks, statements and idle transactions."""
    options = {
        "lock_timeout": LOCK_TIMEOUT,
        "statement_timeout": STATEMENT_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_TIMEOUT,
        "jit": "off",
        **(_READING if readonly else _WRITING),
    }
    arguments = " ".join(f"-c {name}={value}" for name, value in options.items())
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=dumps,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        pool_pre_ping=readonly,  # a writer that finds its connection broken does the transaction again
        connect_args={"options": arguments, "connect_timeout": 10, "application_name": "hpsearch"},
    )
