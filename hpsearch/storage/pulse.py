"""The pulse of the service: when it was last seen alive, and before which moment no lease ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from hpsearch.storage.database import Database
from hpsearch.storage.ledger import AttemptKey
from hpsearch.storage.tables import attempts, is_active, service, studies

GAP = timedelta(seconds=15)
"""Longer than this between two beats, and the service was away: every lease gets a fresh term."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One beat: the clock, the moment before which no lease ends, the seconds of service since the last beat, and whether the clock
    was set back since."""

    last_seen: datetime
    floor: datetime
    seconds: float
    set_back: bool = False

    def expires(self, end: datetime) -> bool:
        """Whether a lease of this end is over: the later of its end and the floor lies before this beat."""
        return max(end, self.floor) < self.last_seen


def beat(database: Database, connection: Connection, term: timedelta) -> Pulse | None:
    """Notes that the service is alive; None when another replica is doing so. Holds the service's row to the end of the transaction.

    The clock is the database's, read under the lock, so no replica's own clock matters. A gap, or a clock that was set
    back, moves the floor: leases are good for a fresh term from now.
    """
    row = connection.execute(select(service).with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    now = database.now(connection)
    away = now - row.last_seen > GAP or now < row.last_seen
    seconds = 0.0 if away else (now - row.last_seen).total_seconds()
    pulse = Pulse(now, now + term if away else row.floor, seconds, set_back=now < row.last_seen)
    connection.execute(update(service).values(last_seen=pulse.last_seen, floor=pulse.floor))
    return pulse


def first_beat(database: Database, connection: Connection, term: timedelta) -> None:
    """Begins the record in a new database."""
    if connection.execute(select(service.c.id)).one_or_none() is None:
        now = database.now(connection)
        connection.execute(insert(service).values(id=1, last_seen=now, floor=now + term))


def expired(connection: Connection, pulse: Pulse) -> list[AttemptKey]:
    """The open attempts whose lease is over, in the order of their trials, read without locks."""
    if pulse.floor >= pulse.last_seen:
        return []
    query = select(attempts.c.study_id, attempts.c.trial, attempts.c.number).where(
        attempts.c.ended_at.is_(None), attempts.c.expires_at < pulse.last_seen
    )
    query = query.order_by(attempts.c.study_id, attempts.c.trial)
    return [(row.study_id, row.trial, row.number) for row in connection.execute(query)]


def all_studies(connection: Connection) -> list[int]:
    """The studies that are not deleted, read without locks."""
    return list(connection.execute(select(studies.c.id).where(studies.c.deleted_at.is_(None))).scalars())


def active_studies(connection: Connection) -> list[int]:
    """The studies whose seconds are counted, read without locks."""
    return list(connection.execute(select(studies.c.id).where(is_active)).scalars())
