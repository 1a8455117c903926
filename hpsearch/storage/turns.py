"""Turns between replicas: an advisory lock of PostgreSQL, which the database frees when its holder dies."""

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from hpsearch.storage.database import Database, unavailable

_CLASS = 0x68707331
"""Keeps our advisory locks apart from those of other programs in the same database."""


@dataclass(slots=True)
class Turn:
    """A lock that is held; `end` frees it."""

    connection: Connection

    def end(self) -> None:
        """Frees the lock. Where that fails, so does the connection, and the lock is free as well."""
        try:
            self.connection.execute(text("SELECT pg_advisory_unlock_all()"))
        except DBAPIError:
            self.connection.invalidate()
        finally:
            self.connection.close()


def take_turn(database: Database, study_id: int) -> Turn | None:
    """The turn of a study; None while another replica has it. An aid to speed alone: grants are checked under row locks."""
    query = text("SELECT pg_try_advisory_lock(:class, :study)")
    with unavailable():
        connection = database.turns.connect()
        try:
            if connection.execute(query, {"class": _CLASS, "study": study_id % 2**31}).scalar_one():
                return Turn(connection)
        except BaseException:
            connection.close()
            raise
        connection.close()
    return None
