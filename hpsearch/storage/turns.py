"""Turns between replicas: an advisory lock of PostgreSQL, which the database frees when its holder dies."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from hpsearch.storage.database import Database

_CLASS = 0x68707331
"""Keeps our advisory locks apart from those of other programs in the same database."""


@dataclass(slots=True)
class Turn:
    """A lock that is held; `end` frees it."""

    connection: Connection

    def end(self) -> None:
        """Frees the lock."""
        try:
            self.connection.execute(text("SELECT pg_advisory_unlock_all()"))
        finally:
            self.connection.close()


def take_turn(database: Database, study_id: int) -> Turn | None:
    """The turn of a study; None while another replica has it. An aid to speed alone: grants are checked under row locks."""
    connection = database.turns.connect()
    try:
        query = text("SELECT pg_try_advisory_lock(:class, :study)")
        if connection.execute(query, {"class": _CLASS, "study": study_id % 2**31}).scalar_one():
            return Turn(connection)
    except BaseException:
        connection.close()
        raise
    connection.close()
    return None
