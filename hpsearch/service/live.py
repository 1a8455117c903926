"""What live readers follow: the changes of one study, or of all of a project, as they are committed through any replica."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial

from hpsearch.identity import OWNER, Identity
from hpsearch.service import views
from hpsearch.service.reading import Reading
from hpsearch.service.waiting import Waiting
from hpsearch.storage import Connection, queries
from hpsearch.storage.event_list import events_after
from hpsearch.study import StudyAccount
from hpsearch.wire.changes import StudyChange

GATHER_SECONDS = 0.25
"""Between two looks for a reader: what happens meanwhile is told at once."""
SIGN_SECONDS = 15.0
"""Without a change a reader gets a sign of life this often: a connection that is dead is noticed, and none is cut for silence."""
STREAM_SECONDS = 3600.0
"""A stream ends after this long. Readers come again by themselves, and so are shared anew by replicas that came meanwhile."""
MOST_EVENTS = 1_000
"""Of one message."""
OVERLAP = timedelta(seconds=10)
"""A change carries the time when it was made, and is seen when it is committed; no transaction takes longer than this."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Live(Reading):
    """The following half of the service's reading."""

    _waiting: Waiting

    @abstractmethod
    async def _check_again(self, who: Identity) -> None:
        """Raises Unauthorized when the caller's token is good no longer."""

    async def follow_study(
        self, name: str, since: int | None = None, who: Identity = OWNER
    ) -> AsyncIterator[StudyChange | None]:
        """Every change after `since`, gathered; the first answer without it is how the study stands. None is a sign of life.

        Ends when the study is deleted, the service closes, or after an hour. Raises StudyNotFound before the first answer, Unauthorized when the
        caller's token is good no longer.
        """
        study = await self._study(name, who)
        return self._study_changes(study, since, who)

    async def _study_changes(
        self, study: StudyAccount, since: int | None, who: Identity
    ) -> AsyncIterator[StudyChange | None]:
        until = time.monotonic() + STREAM_SECONDS
        seq = since
        if seq is None:
            seq = study.seq
            yield views.study_change(study)
        while True:
            event = self._waiting.event
            change = await self._read(partial(self._change, study.id, seq))
            if change is not None:
                seq = change.seq
                yield change
                if change.deleted:
                    return
            if not await self._go_on(event, until, who):
                return
            if not event.is_set():
                yield None

    async def follow_project(self, who: Identity = OWNER) -> AsyncIterator[StudyChange | None]:
        """Every change of a study of the project from now on, without events; first how each stands. None is a sign of life.

        Ends when the service closes, or after an hour. Raises Unauthorized.
        """
        until = time.monotonic() + STREAM_SECONDS
        since, seen = _BEGINNING, dict[int, tuple[int, bool]]()
        while True:
            event = self._waiting.event
            found = await self._read(partial(queries.studies_changed, self._database, who.project, since))
            for study in found:
                now = study.seq, study.deleted_at is not None
                if seen.get(study.id) != now and (since > _BEGINNING or not now[1]):
                    yield views.study_change(study)
                seen[study.id] = now
            since = max((_moment(study) - OVERLAP for study in found), default=since)
            if not await self._go_on(event, until, who):
                return
            if not event.is_set():
                yield None

    def _change(self, study_id: int, seq: int, connection: Connection) -> StudyChange | None:
        study = queries.study_numbered(self._database, connection, study_id)
        if study.seq <= seq and study.deleted_at is None:
            return None
        events = events_after(connection, study_id, seq, MOST_EVENTS + 1)
        return views.study_change(study, events[:MOST_EVENTS], complete=len(events) <= MOST_EVENTS)

    async def _go_on(self, event: asyncio.Event, until: float, who: Identity) -> bool:
        """Waits for the event, or for the next sign of life; false when the stream is over, or the service closes."""
        await asyncio.sleep(GATHER_SECONDS)
        if not event.is_set():
            await self._waiting.wait(event, min(SIGN_SECONDS, until - time.monotonic()))
        if self._waiting.closed or time.monotonic() >= until:
            return False
        await self._check_again(who)
        return True


def _moment(study: StudyAccount) -> datetime:
    return max(study.updated_at, study.deleted_at or study.updated_at)
