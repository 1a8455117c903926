"""Whether a lease that expires had its whole term: worked out from what was written and answered, not from what the service computed."""

from datetime import datetime, timedelta

from lab import TERM, Clock
from sqlalchemy import func, select

from hpsearch.storage import Database
from hpsearch.storage.tables import attempts, reports, service
from hpsearch.wire import verbs

GAP = timedelta(seconds=15)
_TERM = timedelta(seconds=TERM)


class Terms:
    """Hears of every renewal that was answered and of every sweep."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.wrong: list[str] = []
        self._database = database
        self._clock = clock
        self._floor = clock.now + _TERM
        self.expired: list[str] = []
        """Leases that the last sweep let expire."""
        self._renewed: dict[str, datetime] = {}
        self.was_set_back = False
        """Whether the clock ever was, between two sweeps and unnoticed too."""

    def renewed(self, answer: bytes) -> None:
        """A renewal was carried out."""
        for item in verbs.Renewed.model_validate_json(answer).items:
            if item.decision != "lost":
                self._renewed[item.lease] = self._clock.now

    def last_seen(self) -> datetime:
        """When the service noted last that it is alive."""
        with self._database.read() as connection:
            return connection.execute(select(service.c.last_seen)).scalar_one()

    def swept(self, before: datetime) -> None:
        """After a sweep, or what may have been one; `before` is what `last_seen` was."""
        now = self._clock.now
        self.expired = []
        if self.last_seen() != now:  # it was not committed
            return
        if now - before > GAP or now < before:
            self._floor = now + _TERM
        last = select(func.max(reports.c.at)).where(
            reports.c.study_id == attempts.c.study_id,
            reports.c.trial == attempts.c.trial,
            reports.c.attempt == attempts.c.number,
        )
        query = select(
            attempts.c.token,
            attempts.c.trial,
            attempts.c.number,
            attempts.c.started_at,
            last.scalar_subquery().label("at"),
        ).where(attempts.c.end == "expired", attempts.c.ended_at == now)
        with self._database.read() as connection:
            for row in connection.execute(query):
                self.expired.append(row.token)
                self._check(row.token, f"trial {row.trial}, attempt {row.number}", row.started_at, row.at)

    def _check(self, token: str, where: str, started_at: datetime, reported_at: datetime | None) -> None:
        known = [moment for moment in (started_at, reported_at, self._renewed.get(token)) if moment is not None]
        # Which of them was the last is not known where the clock was set back; then the floor alone is.
        end = self._floor if self.was_set_back else max(*known, self._floor - _TERM) + _TERM
        if self._clock.now <= end:
            self.wrong.append(f"I6: {where} expired at {self._clock.now}, its term was good until {end}")
