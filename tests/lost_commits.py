"""A database whose commits get lost, before or after they are made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from sqlalchemy import Connection

from hpsearch.errors import DatabaseUnavailable
from hpsearch.storage import Database

BEFORE_COMMIT, AFTER_COMMIT = "before", "after"


class LostCommits:
    """While it is entered, the transaction after `next` was set meets that fault, and whoever wrote hears of it."""

    def __init__(self, database: Database) -> None:
        self.next: str | None = None
        self._database = database
        self._write = database.write

    def __enter__(self) -> Self:
        self._database.write = self._faulty
        return self

    def follow(self, database: Database) -> None:
        """Another object is the database now."""
        if database is not self._database:
            self._database, self._write = database, database.write
            database.write = self._faulty

    def __exit__(self, *_: object) -> None:
        del self._database.write

    @contextmanager
    def _faulty(self) -> Iterator[Connection]:
        fault, self.next = self.next, None
        with self._write() as connection:
            yield connection
            if fault == BEFORE_COMMIT:
                raise DatabaseUnavailable("lost before the commit")
        if fault == AFTER_COMMIT:
            raise DatabaseUnavailable("lost after the commit")
