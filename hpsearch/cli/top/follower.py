"""The threads of `top` that hear from the server: one follows its events, one reads what has no events."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hpsearch.cli.top.board import Changed, Found, Looked, Lost, News, Opened
from hpsearch.errors import HpsearchError, StudyNotFound, Unauthorized

if TYPE_CHECKING:
    from hpsearch.client import Client
    from hpsearch.wire.changes import StudyChange
    from hpsearch.wire.studies import WorkerView

RETRY_SECONDS = 1.0
"""Between two tries to reach a server that is gone."""
REST_SECONDS = 1.0
"""Between two looks at the workers and the rungs."""
PERIOD_SECONDS = 10.0
"""So often workers are looked at without an event: what they tell when they renew changes no study."""

Hear = Callable[[News | Exception], None]
"""Takes news, and the error that ended a thread."""


class Follower:
    """Tells how every study stands, and each change, until it is closed. Reconnects by itself; a refused token is told as the error, and ends it."""

    def __init__(self, client: "Client", hear: Hear) -> None:
        """`client` tries once; `hear` is called in a thread of its own."""
        self._client = client
        self._hear = hear
        self._known: set[str] = set()
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="follower", daemon=True).start()

    def close(self) -> None:
        """Ends it, at the latest with the next sign of life of the server."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
            except Unauthorized as error:
                self._hear(error)
                return
            except HpsearchError as error:
                self._hear(Lost(error.message, datetime.now(UTC)))
            except Exception as error:  # a fault of ours, or the client was closed and nobody listens any more
                self._hear(error)
                return
            self._closed.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        # The studies are read when the stream has begun, so no change falls between the two; the stream does not tell
        # of those that were deleted while nobody listened.
        with self._client.follow() as changes:
            studies = list(self._client.list_studies())
            self._known = {view.name for view in studies}
            self._hear(Opened(studies))
            for change in changes:
                if self._closed.is_set():
                    return
                self._tell(change)

    def _tell(self, change: "StudyChange") -> None:
        if change.deleted:
            self._known.discard(change.study)
        elif change.study not in self._known:
            try:
                self._hear(Found(self._client.get_study(change.study)))
            except StudyNotFound:
                return  # deleted meanwhile
            self._known.add(change.study)
        self._hear(Changed(change))


class Looker:
    """Reads the workers and the rungs of a study whenever something happened, and now and then, until it is closed."""

    def __init__(self, client: "Client", hear: Hear, study: str | None) -> None:
        """`client` tries once; `hear` is called in a thread of its own; `study` is whose rungs are read."""
        self._client = client
        self._hear = hear
        self._study = study
        self._asked = threading.Event()
        self._closed = threading.Event()
        threading.Thread(target=self._run, name="looker", daemon=True).start()

    def look(self, study: str | None) -> None:
        """Has it look soon, at the rungs of this study."""
        self._study = study
        self._asked.set()

    def close(self) -> None:
        """Ends it after the look that it is at."""
        self._closed.set()
        self._asked.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._asked.clear()
            try:
                with suppress(HpsearchError):  # the follower says what is wrong with the server
                    self._hear(look(self._client, self._study))
            except Exception as error:  # as above
                self._hear(error)
                return
            self._closed.wait(REST_SECONDS)
            self._asked.wait(PERIOD_SECONDS)


def look(client: "Client", study: str | None) -> Looked:
    """The workers and the rungs as they stand; none of a study that is not there."""
    workers: list[WorkerView] = list(client.workers())
    try:
        return Looked(workers, study, client.rungs(study).rungs if study is not None else [])
    except StudyNotFound:
        return Looked(workers, study, [])
