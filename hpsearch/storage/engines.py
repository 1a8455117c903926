"""Engines for SQLite and PostgreSQL, set up so that both promise the same: a commit that returned is on disk.

Their errors say which statement failed and why, but no value of it: values are leases, digests of tokens, and what users' code printed.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, ExceptionContext, QueuePool, StaticPool, create_engine, event

from hpsearch.storage.types import dumps

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "60s"
IDLE_TIMEOUT = "60s"

_READING = {"default_transaction_read_only": "on", "default_transaction_isolation": "repeatable\\ read"}
_WRITING = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}
"""Whoever writes finds rows by their keys. A plan that was made while the tables were small must not outlive that and scan large ones."""

_DATA_EXCEPTION = "22"
"""The class of SQLSTATEs whose messages are about a value."""


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
    engine = create_engine("sqlite://", creator=connect, json_serializer=dumps, hide_parameters=True, **pool)
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
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=dumps,
        hide_parameters=True,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        pool_pre_ping=readonly,  # a writer that finds its connection broken does the transaction again
        connect_args={"options": arguments, "connect_timeout": 10, "application_name": "hpsearch"},
    )
    event.listen(engine, "handle_error", _without_values)
    return engine


def _without_values(context: ExceptionContext) -> None:
    """Leaves of what PostgreSQL says the message alone: its DETAIL and CONTEXT quote rows. Of bad data the message quotes too."""
    said: Any = context.original_exception
    code = getattr(said, "sqlstate", None)
    if code is None:  # not from the server
        return
    brief = type(said).__name__ if code.startswith(_DATA_EXCEPTION) else said.diag.message_primary
    said.args = (f"{brief} (SQLSTATE {code})",)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(said).__module__}.{type(said).__name__}) {said}",)
