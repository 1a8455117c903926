"""A database: how it is opened, read and written, on SQLite and on PostgreSQL."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import URL, Connection, Row, exc, make_url, select, text

from hpsearch.errors import DatabaseHeld, DatabaseUnavailable, InvalidInput
from hpsearch.settings import without_secrets
from hpsearch.storage.codec import study_from_row
from hpsearch.storage.definitions import Definitions
from hpsearch.storage.engines import postgres_engine, sqlite_engine
from hpsearch.storage.filesystems import network_filesystem
from hpsearch.storage.steady import steady
from hpsearch.storage.types import to_microseconds
from hpsearch.study import StudyAccount

Clock = Callable[[], datetime]

READERS = 4
"""Connections that read, and threads that use them."""
TURNS = 64
"""Studies that may compute suggestions at once; their connections hold nothing but an advisory lock."""
PLAN_SECONDS = 1.0
"""How long a connection may keep PostgreSQL's plans."""

_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
"""The addresses' beginnings; SQLAlchemy knows more databases and drivers, hpsearch does not."""

SCHEMA_LOCK = 0x6870736368656D61
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_POSTGRES_CLOCK = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
_STEADY = {is_sqlite: select(steady(is_sqlite=is_sqlite)) for is_sqlite in (True, False)}


def utc_now() -> datetime:
    """The process's clock; SQLite, which lives in the process, has no other."""
    return datetime.now(UTC)


class Database:
    """One database, opened by one server process.

    SQLite is held by a lock on `<file>.lock` and written through one connection; PostgreSQL may be open in any number of
    processes. `clock` replaces the database's own, in tests. Raises InvalidInput for an address that is neither, and for a file on a
    network file system; DatabaseHeld when another process holds the file.

    With `read_only` nothing can be written, no lock is taken and no file created: a SQLite file that a server holds can be
    read, if each read transaction is short.
    """

    def __init__(self, url: str, clock: Clock | None = None, *, read_only: bool = False) -> None:
        self.url = _parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.is_memory = self.is_sqlite and self.url.database in {None, "", ":memory:"}
        self.path = Path(str(self.url.database)).resolve() if self.is_sqlite and not self.is_memory else None
        self._definitions = Definitions()
        self._clock = clock
        self._memory_lock = RLock()
        if read_only and self.path is not None and not self.path.is_file():
            raise InvalidInput.at("database_url", f"there is no file {self.path}")
        self._held = _hold(self.path) if self.path and not read_only else None
        if self.is_sqlite:
            self.writer = sqlite_engine(self.path, readers=READERS if read_only else 0, read_only=read_only)
            self._reader = self.writer if self.is_memory or read_only else sqlite_engine(self.path, readers=READERS)
        else:
            self.writer = postgres_engine(self.url, size=3, readonly=read_only)
            self._reader = self.writer if read_only else postgres_engine(self.url, size=READERS, readonly=True)
            self.turns = postgres_engine(self.url, size=TURNS, readonly=True).execution_options(
                isolation_level="AUTOCOMMIT"
            )

    def __repr__(self) -> str:
        return f"Database({str(self)!r})"

    def __str__(self) -> str:
        """The address, without its password, wherever in it that stands."""
        return without_secrets(self.url.render_as_string(hide_password=False))

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes; it is committed when the block ends, rolled back when the block raises."""
        with unavailable(), self._memory_lock if self.is_memory else _nothing(), self.writer.begin() as connection:
            self._plan_anew(connection)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads, all of it as of one moment. Keep it short: SQLite cannot tidy up beneath it."""
        with unavailable(), self._memory_lock if self.is_memory else _nothing(), self._reader.begin() as connection:
            self._plan_anew(connection)
            yield connection

    def _plan_anew(self, connection: Connection) -> None:
        """Lets PostgreSQL forget its plans now and then: one made for an empty table is kept for minutes, and reads all of a full one."""
        if self.is_sqlite:
            return
        now = time.monotonic()
        if now - connection.info.get("planned", 0.0) > PLAN_SECONDS:
            connection.info["planned"] = now
            connection.exec_driver_sql("DISCARD PLANS")

    def now(self, connection: Connection) -> datetime:
        """The database's clock at this moment, which may have been set back. What is written down has the time of `steady_now`."""
        now = self.process_clock()
        if now is not None:
            return now
        return _EPOCH + timedelta(microseconds=connection.execute(_POSTGRES_CLOCK).scalar_one())

    def steady_now(self, connection: Connection) -> datetime:
        """The clock, or when the service was last seen if that is later. Read it after the locks: a wait for them must not age a lease."""
        now = self.process_clock()
        parameters = {"now": None if now is None else to_microseconds(now)}
        return _EPOCH + timedelta(microseconds=connection.execute(_STEADY[self.is_sqlite], parameters).scalar_one())

    def process_clock(self) -> datetime | None:
        """The clock where it is the process's: SQLite's, or the one of tests. None where the database has one of its own."""
        if self._clock is not None:
            return self._clock()
        return utc_now() if self.is_sqlite else None

    def lock_schema(self, connection: Connection) -> None:
        """Keeps every other server out of migrations and first steps until the transaction ends."""
        if not self.is_sqlite:  # SQLite's write lock is held already
            connection.execute(text(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})"))

    def account(self, row: Row[Any]) -> StudyAccount:
        """The account of a row of `studies`."""
        return study_from_row(row, self._definitions.of(row))

    def close(self) -> None:
        """Closes the readers, then the writer (so that the writer tidies up the WAL), then lets go of the file."""
        self._reader.dispose()
        if not self.is_sqlite:
            self.turns.dispose()
        self.writer.dispose()
        if self._held is not None:
            os.close(self._held)
            self._held = None


def _parsed(url: str) -> URL:
    """The address; what is wrong with one is said without repeating it, since it may hold a password."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):  # the latter of a port that is no number
        raise InvalidInput.at("database_url", "must be sqlite:///PATH or postgresql://USER@HOST:PORT/NAME") from None
    if parsed.drivername not in _DRIVERS:
        said = parsed.drivername if parsed.drivername.isascii() and len(parsed.drivername) <= 50 else "something else"
        raise InvalidInput.at("database_url", f"must begin with sqlite:// or postgresql://, got {said}")
    return parsed


def _hold(path: Path) -> int:
    kind = network_filesystem(path)
    if kind is not None:
        raise InvalidInput.at(
            "database_url",
            f"{path} lies on a network file system ({kind}), where neither SQLite's locks nor its log can be relied on; "
            "name a file on a local disk, or PostgreSQL",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InvalidInput.at("database_url", f"{path} cannot be opened: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise DatabaseHeld(f"another server process holds {path}; use that server, or stop it first") from None
    if path.exists() and path.stat().st_nlink > 1:
        os.close(lock)
        raise InvalidInput.at(
            "database_url", f"{path} has another name (a hard link), whose server would not be noticed; remove one"
        )
    return lock


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def unavailable() -> Iterator[None]:
    """A connection that cannot be had becomes DatabaseUnavailable; whoever handles single statements sees the driver's errors."""
    try:
        yield
    except exc.OperationalError as error:
        if error.connection_invalidated or error.statement is None:
            raise DatabaseUnavailable(f"the database cannot be reached: {error.orig}") from error
        raise
    except exc.TimeoutError as error:
        raise DatabaseUnavailable("no database connection was free in time") from error
